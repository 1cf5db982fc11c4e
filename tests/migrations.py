"""A database as an earlier version left it: taken back to a revision by the migrations themselves."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from adapters.db import connect as connecting

FOLDER = str(Path(connecting.__file__).with_name("migrations"))


def back_to(revision: str, engine: Engine) -> None:
    """Take the schema and what was written under it back to this revision."""
    config = Config()
    config.set_main_option("script_location", FOLDER)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
