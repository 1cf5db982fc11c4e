"""The laws no process may break: one module a kind, each yielding findings for states/prover.py."""
