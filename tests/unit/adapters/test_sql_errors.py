"""A constraint that is broken is told for what it is; on MySQL by `tests/integration/test_mysql_refusals.py`."""

import pytest
from sqlalchemy import exc, insert, text

from adapters.sql.connections.database import Database
from adapters.sql.schema.tables import served_models
from application.ports.database.unit_of_work import TransactionAborted
from tests.contracts.constraints import ConstraintsContract
from tests.harness.builders import NOON


class TestConstraints(ConstraintsContract): ...


def test_a_row_that_lacks_a_value_is_a_defect(database: Database) -> None:
    def leave_out_the_rest() -> None:
        with database.write() as connection:
            connection.execute(text("INSERT INTO predictions (uuid) VALUES ('1')"))

    with pytest.raises(exc.IntegrityError):
        leave_out_the_rest()


def test_a_row_that_is_there_already_is_worth_another_try(database: Database) -> None:
    row = {"model": "m", "version": "1", "since": NOON}

    def insert_twice() -> None:
        with database.write() as connection:
            for _ in range(2):
                connection.execute(insert(served_models), row)

    with pytest.raises(TransactionAborted):
        insert_twice()
