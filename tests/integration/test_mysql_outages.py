"""MySQL and MariaDB go away, come back and hang."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, text

from adapters.sql.connections.database import Database
from adapters.sql.connections.health import DatabaseHealth
from adapters.sql.predictions import SQLPredictions
from adapters.sql.schema.migrate import migrate
from adapters.sql.unit_of_work import SQLUnitOfWork
from domain.errors import DatabaseUnavailable, PredictionNotFound
from tests.contracts.unit_of_work import keep, look_up
from tests.harness.builders import a_prediction
from tests.harness.servers.mariadb import GivenDatabase, MariaDBServer


@contextmanager
def killed(server: MariaDBServer | GivenDatabase) -> Iterator[None]:
    server.kill()
    try:
        yield
    finally:
        server.start()


def number_of(connection: Connection) -> int:
    number: int = connection.execute(text("SELECT CONNECTION_ID()")).scalar_one()
    return number


def cut(database: Database, number: int) -> None:
    """End a connection as an administrator or a firewall does."""
    with database.read() as other:
        other.execute(text(f"KILL {number}"))


def test_a_connection_cut_between_two_transactions_is_replaced(migrated: str, database: Database) -> None:
    with database.read() as connection:
        number = number_of(connection)
    administrator = Database(migrated)
    cut(administrator, number)
    administrator.close()
    DatabaseHealth(database).check()


def test_a_connection_cut_within_a_transaction_undoes_it(database: Database) -> None:
    def work() -> None:
        with database.write() as connection:
            SQLPredictions(connection).add([a_prediction(1)])
            cut(database, number_of(connection))
            SQLPredictions(connection).add([a_prediction(2)])
            connection.commit()

    with pytest.raises(DatabaseUnavailable):
        work()
    assert database.connections_in_use == 0
    keep(SQLUnitOfWork(database), a_prediction(1))


def test_a_restart_between_two_transactions_is_not_noticed(
    mariadb: MariaDBServer | GivenDatabase, unit_of_work: SQLUnitOfWork
) -> None:
    keep(unit_of_work, a_prediction(1))
    mariadb.restart()
    assert look_up(unit_of_work, 1) == a_prediction(1)
    keep(unit_of_work, a_prediction(2))


def test_what_was_committed_survives_a_kill(
    mariadb: MariaDBServer | GivenDatabase, unit_of_work: SQLUnitOfWork
) -> None:
    keep(unit_of_work, *(a_prediction(n) for n in range(1, 101)))
    with killed(mariadb):
        pass
    assert [look_up(unit_of_work, n) for n in range(1, 101)] == [a_prediction(n) for n in range(1, 101)]


def test_while_the_server_is_away_it_is_unavailable(
    mariadb: MariaDBServer | GivenDatabase, migrated: str, database: Database
) -> None:
    unit_of_work = SQLUnitOfWork(database)
    with killed(mariadb):
        with pytest.raises(DatabaseUnavailable):
            look_up(unit_of_work, 1)
        with pytest.raises(DatabaseUnavailable):
            keep(unit_of_work, a_prediction(1))
        with pytest.raises(DatabaseUnavailable):
            DatabaseHealth(database).check()
        with pytest.raises(DatabaseUnavailable):
            migrate(migrated)
        assert database.connections_in_use == 0
    keep(unit_of_work, a_prediction(1))


def test_a_server_killed_within_a_transaction_undoes_it(
    mariadb: MariaDBServer | GivenDatabase, unit_of_work: SQLUnitOfWork
) -> None:
    def work() -> None:
        with unit_of_work.begin() as tx:
            tx.predictions.add([a_prediction(1)])
            mariadb.kill()
            tx.commit()

    try:
        with pytest.raises(DatabaseUnavailable):
            work()
    finally:
        mariadb.start()
    with pytest.raises(PredictionNotFound):
        look_up(unit_of_work, 1)


@pytest.mark.parametrize("connected", [True, False])
def test_a_server_that_hangs_is_unavailable(
    mariadb: MariaDBServer | GivenDatabase, migrated: str, connected: bool
) -> None:
    database = Database(f"{migrated}?connect_timeout=1&read_timeout=1")
    if connected:
        DatabaseHealth(database).check()
    mariadb.pause()
    try:
        with pytest.raises(DatabaseUnavailable):
            DatabaseHealth(database).check()
    finally:
        mariadb.resume()
    DatabaseHealth(database).check()
    assert database.connections_in_use == 0
    database.close()
