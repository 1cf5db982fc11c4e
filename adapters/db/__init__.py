"""The database: tables, migrations, and the stores behind the ports of workflow."""
