"""Logging in at the town's identity provider (OpenID Connect): code with PKCE, and logging out there and here.

Who somebody is hangs on issuer and subject alone. Tried against a real provider and with forged answers in
`tests/login/oidc`.
"""
