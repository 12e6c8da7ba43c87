"""Alembic's entry: runs on the connection it is given, or on ``alembic -x url=...``."""

from alembic import context
from sqlalchemy import Connection, create_engine

from adapters.sql.schema.tables import metadata


def run(connection: Connection) -> None:
    """Run the migrations on `connection`, all in one transaction where the database can."""
    # SQLite cannot alter most things in place: batch mode copies the table.
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
    given.commit()
else:
    engine = create_engine(context.get_x_argument(as_dictionary=True)["url"])
    with engine.connect() as opened:
        run(opened)
        opened.commit()
    engine.dispose()
