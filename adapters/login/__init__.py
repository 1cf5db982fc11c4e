"""Login: who somebody is before anything is asked; accounts, sessions, tokens, one-time links, identity providers.

What lies in the database of it is authenticated row by row and holds no secret that could be used or tried out: who
has only the database gets in as nobody (`tests/login/test_forged_rows.py`).
"""
