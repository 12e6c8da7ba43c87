"""MySQL and MariaDB keep the contracts whatever their administrators set."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import make_url

from adapters.sql.connections.clock import SharedClock
from adapters.sql.connections.database import Database
from adapters.sql.schema.migrate import migrate
from adapters.sql.unit_of_work import SQLUnitOfWork
from tests.contracts.image_store import ImageStoreContract
from tests.contracts.predictions import PredictionReaderContract, PredictionsContract
from tests.contracts.result_cache import ResultCacheContract
from tests.contracts.unit_of_work import MINUTE, UnitOfWorkContract, keep, look_up
from tests.contracts.webhook_deliveries import WebhookDeliveriesContract
from tests.harness.builders import a_prediction, used_for
from tests.harness.servers.account import administer, changed
from tests.harness.servers.mariadb import GivenDatabase, MariaDBServer
from tests.harness.technologies.sql import SQLFixtures

# Modes of the server, and the character set of the database.
SETTINGS = (
    ("", "latin1"),
    ("ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT", "utf8mb3"),
    ("TRADITIONAL,ONLY_FULL_GROUP_BY", "utf8mb4"),
)
# What MySQL, and whatever replaces or reads it, has a meaning for.
NAME = "\N{DOG}'\"`\\%_--;\\'\t\N{GRINNING FACE} %s :name {}"


@pytest.fixture(scope="module", params=SETTINGS)
def migrated(request: pytest.FixtureRequest, mariadb: MariaDBServer | GivenDatabase) -> Iterator[str]:
    """The URL of a database with our schema on a server that is set like this."""
    if isinstance(mariadb, GivenDatabase):
        pytest.skip("the server is not ours to change")
    mode, characters = request.param
    url = mariadb.new_database()
    administer(url, f"ALTER DATABASE {make_url(url).database} CHARACTER SET {characters}")
    with changed(url, sql_mode=mode, time_zone="-11:00"):
        migrate(url)
        yield url


def test_any_name_comes_back(unit_of_work: SQLUnitOfWork) -> None:
    prediction = a_prediction(name=NAME, idempotency=used_for("a dog", "'\"`\\%_--;\\' %s :name {}"))
    keep(unit_of_work, prediction)
    assert look_up(unit_of_work, 1) == prediction


def test_its_clock_is_in_utc(database: Database) -> None:
    assert abs(SharedClock(database).now() - datetime.now(UTC)) < MINUTE


class TestImageStore(SQLFixtures, ImageStoreContract): ...


class TestResultCache(SQLFixtures, ResultCacheContract): ...


class TestUnitOfWork(SQLFixtures, UnitOfWorkContract): ...


class TestPredictions(SQLFixtures, PredictionsContract): ...


class TestPredictionReader(SQLFixtures, PredictionReaderContract): ...


class TestWebhookDeliveries(SQLFixtures, WebhookDeliveriesContract): ...
