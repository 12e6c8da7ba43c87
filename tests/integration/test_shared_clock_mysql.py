"""The shared clock on MySQL and MariaDB."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from adapters.sql.connections.clock import SharedClock
from adapters.sql.connections.database import Database
from domain.errors import DatabaseUnavailable
from tests.harness.servers.mariadb import GivenDatabase, MariaDBServer

MINUTE = timedelta(minutes=1)


def test_the_time_zone_of_the_session_does_not_matter(database: Database) -> None:
    with database.read() as connection:
        connection.execute(text("SET time_zone = '+05:00'"))
    reading = SharedClock(database).read()
    assert abs(datetime.now(UTC) - reading.time) < MINUTE
    with database.read() as connection:
        assert connection.execute(text("SELECT @@session.time_zone")).scalar_one() == "+05:00"


def test_the_time_is_known_during_an_outage_if_it_was_read_before(
    mariadb: MariaDBServer | GivenDatabase, database: Database
) -> None:
    knowing, new = SharedClock(database), SharedClock(database)
    knowing.now()
    mariadb.kill()
    try:
        assert abs(datetime.now(UTC) - knowing.now()) < MINUTE
        knowing.check()
        with pytest.raises(DatabaseUnavailable):
            new.now()
    finally:
        mariadb.start()
    assert abs(knowing.now() - new.now()) < MINUTE
