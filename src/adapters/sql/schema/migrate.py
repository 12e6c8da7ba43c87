"""Migration of the database schema with Alembic."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from adapters.sql.connections.errors import translated_errors


def migrate(url: str, revision: str = "head") -> None:
    """Upgrade the schema of the database at `url` to `revision`, unless it is there already.

    Raises:
        DatabaseUnavailable: the database cannot be reached.
    """
    engine = create_engine(url)
    try:
        with translated_errors(), engine.connect() as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    finally:
        engine.dispose()


def alembic_config() -> Config:
    """Alembic's configuration for the migrations that are installed with this package."""
    config = Config()
    config.set_main_option("script_location", str(files("migrations")).replace("%", "%%"))
    return config
