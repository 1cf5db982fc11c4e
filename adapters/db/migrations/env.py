"""What Alembic runs: the migrations, in the transaction that it is given."""

from alembic import context

from adapters.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True
)
context.run_migrations()
