"""MySQL and MariaDB are there, and do not do what they are asked to."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, delete, event, insert, make_url, text

from adapters.memory import FixedClock
from adapters.sql.connections.database import Database
from adapters.sql.connections.health import DatabaseHealth
from adapters.sql.result_cache import SQLResultCache
from adapters.sql.schema.tables import served_models
from adapters.sql.unit_of_work import SQLUnitOfWork
from application.ports.database.unit_of_work import TransactionAborted
from domain.errors import DatabaseUnavailable, PredictionNotFound
from tests.contracts.constraints import ConstraintsContract
from tests.contracts.unit_of_work import keep, look_up
from tests.harness.builders import NOON, a_prediction
from tests.harness.servers.account import administer, changed, cut_connections, ordinary_account, taken_connections
from tests.harness.servers.mariadb import GivenDatabase, MariaDBServer

Server = MariaDBServer | GivenDatabase


# Each kind of server has some of these.
READ_ONLY = (("read_only",), ("read_only", "super_read_only"), ("transaction_read_only",), ("tx_read_only",))


@pytest.fixture
def ordinary(migrated: str, mariadb: Server, database: Database) -> Iterator[Database]:
    """The database for an account without special rights."""
    if isinstance(mariadb, GivenDatabase):
        pytest.skip("the server is not ours to change")
    ordinary = Database(ordinary_account(migrated))
    DatabaseHealth(ordinary).check()
    yield ordinary
    assert ordinary.connections_in_use == 0
    ordinary.close()


def has(database: Database, variable: str) -> bool:
    with database.read() as connection:
        return bool(connection.execute(text("SHOW VARIABLES LIKE :name"), {"name": variable}).all())


def test_a_server_that_only_reads_is_unavailable_for_writing(migrated: str, ordinary: Database) -> None:
    unit_of_work = SQLUnitOfWork(ordinary)
    known = [variables for variables in READ_ONLY if has(ordinary, variables[-1])]
    assert len(known) >= 2
    for number, variables in enumerate(known):
        keep(unit_of_work, a_prediction(2 * number))
        with changed(migrated, **dict.fromkeys(variables, 1)):
            cut_connections(migrated)  # for some variables only new ones count
            with pytest.raises(DatabaseUnavailable):
                keep(unit_of_work, a_prediction(2 * number + 1))
            assert look_up(unit_of_work, 2 * number) == a_prediction(2 * number)
        cut_connections(migrated)
        keep(unit_of_work, a_prediction(2 * number + 1))


def test_a_transaction_that_began_before_it_only_read_is_undone(migrated: str, ordinary: Database) -> None:
    unit_of_work = SQLUnitOfWork(ordinary)

    def work() -> None:
        with unit_of_work.begin() as tx:
            tx.predictions.add([a_prediction(1)])
            administer(migrated, "SET GLOBAL read_only = 1")
            tx.commit()

    with changed(migrated, read_only=0), pytest.raises(DatabaseUnavailable):
        work()
    with pytest.raises(PredictionNotFound):
        look_up(unit_of_work, 1)


def expect_refusals(unit_of_work: SQLUnitOfWork) -> None:
    """Check that reading and writing find the database unavailable, again and again."""
    for _ in range(3):
        with pytest.raises(DatabaseUnavailable):
            look_up(unit_of_work, 1)
        with pytest.raises(DatabaseUnavailable):
            keep(unit_of_work, a_prediction(2))


def test_a_server_that_is_offline_is_unavailable(migrated: str, ordinary: Database) -> None:
    if not has(ordinary, "offline_mode"):
        assert has(ordinary, "wsrep_on")  # it is a MariaDB, which has no such mode
        return
    unit_of_work = SQLUnitOfWork(ordinary)
    keep(unit_of_work, a_prediction(1))
    with changed(migrated, offline_mode=1):
        expect_refusals(unit_of_work)
    keep(unit_of_work, a_prediction(2))


def test_a_server_without_a_connection_left_is_unavailable(migrated: str, ordinary: Database) -> None:
    unit_of_work = SQLUnitOfWork(ordinary)
    keep(unit_of_work, a_prediction(1))
    with taken_connections(migrated):
        expect_refusals(unit_of_work)
    keep(unit_of_work, a_prediction(2))


def test_a_server_that_ends_every_connection_is_unavailable(migrated: str, ordinary: Database) -> None:
    with changed(migrated, init_connect="not a statement"):
        for _ in range(3):
            with pytest.raises(DatabaseUnavailable):
                keep(SQLUnitOfWork(ordinary), a_prediction(1))
            ordinary.close()
    keep(SQLUnitOfWork(ordinary), a_prediction(1))


class TestConstraints(ConstraintsContract): ...


def test_a_row_that_another_inserts_at_the_same_moment_is_worth_another_try(database: Database) -> None:
    def collide() -> None:
        with database.write() as first, database.write() as second:
            for connection in (first, second):
                connection.execute(delete(served_models))
            for connection in (first, second):
                connection.execute(insert(served_models), {"model": "m", "version": "1", "since": NOON})
                connection.commit()

    with pytest.raises(TransactionAborted):
        collide()
    SQLResultCache(database, FixedClock(NOON)).serve("m", "2")


def test_a_new_connection_that_is_cut_at_once_is_unavailable(migrated: str, ordinary: Database) -> None:
    ordinary.close()

    def cut(connection: Any, _record: object, _proxy: object) -> None:
        if connection.user != str(make_url(migrated).username).encode():
            administer(migrated, f"KILL {connection.thread_id()}")

    event.listen(Engine, "checkout", cut)
    try:
        with pytest.raises(DatabaseUnavailable):
            DatabaseHealth(ordinary).check()
    finally:
        event.remove(Engine, "checkout", cut)
    DatabaseHealth(ordinary).check()


def test_a_connection_that_its_driver_gave_up_is_replaced(database: Database) -> None:
    with database.read() as connection:
        connection.connection.dbapi_connection._force_close()  # type: ignore[union-attr]
    DatabaseHealth(database).check()
