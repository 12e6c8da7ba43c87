"""What a database refuses is told for what it is. Suite for each database server, over the fixture `database`."""

import pytest
from sqlalchemy import exc, insert

from adapters.sql.connections.database import Database
from adapters.sql.schema.tables import webhook_deliveries
from tests.harness.builders import NOON


class ConstraintsContract:
    """A broken constraint is not told as a uuid that exists."""

    def test_a_row_that_refers_to_nothing_is_a_defect(self, database: Database) -> None:
        row = {"id": "1", "uuid": "unknown", "event": "succeeded", "state": "pending", "created_at": NOON}

        def refer_to_nothing() -> None:
            with database.write() as connection:
                connection.execute(insert(webhook_deliveries), row)

        with pytest.raises(exc.IntegrityError):
            refer_to_nothing()
