"""Lotse over HTTP: every command and query of `workflow`, none beside it. `create_app` in `app.py` puts it together."""
