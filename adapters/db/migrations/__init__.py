"""Alembic migrations, inside the package; run by `adapters.db.connect.migrate`."""
