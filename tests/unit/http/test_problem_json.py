"""The error table, and what goes wrong inside the service."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from fastapi import FastAPI

import adapters.http.requests.request_errors
import application.classify.attempts
import application.classify.run_inference
import application.ports.image_store
import domain.errors
from adapters.http.responses.problem_json import STATUSES, status_of
from adapters.memory import MemoryImageStore, MemoryUnitOfWork
from application.ports.database.unit_of_work import CommittedState, Transaction, UnitOfWork
from domain.errors import (
    DatabaseUnavailable,
    ImageStoreFull,
    InvalidField,
    PredictionNotFound,
    PredictorError,
    SchemaOutdated,
    StaleAttempt,
    TruncatedImage,
    Unavailable,
)
from domain.image import ImageKey
from tests.unit.http.world import DATA, World, ask

IMPORTED = (
    adapters.http.requests.request_errors,
    application.ports.image_store,
    application.classify.attempts,
    application.classify.run_inference,
    domain.errors,
)


def every_error(error: type[PredictorError] = PredictorError) -> Iterator[type[PredictorError]]:
    for kind in error.__subclasses__():
        yield kind
        yield from every_error(kind)


def is_complete(error: type[PredictorError]) -> bool:
    """True if a client gets a status, a code and a sentence for this error."""
    has_status = any(base in STATUSES for base in error.__mro__)
    return has_status and error.code != PredictorError.code and (error.__doc__ or "").strip().endswith(".")


def test_every_public_error_has_its_place_in_the_table() -> None:
    shipped = {error for error in every_error() if not error.__module__.startswith("tests.")}
    assert TruncatedImage in shipped
    assert [error for error in shipped if not is_complete(error)] == []


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (TruncatedImage, 422),
        (StaleAttempt, 409),
        (SchemaOutdated, 503),
        (ImageStoreFull, 507),
        (PredictionNotFound, 404),
        (PredictorError, 500),
    ],
)
def test_an_error_has_the_status_of_its_nearest_base_class(error: type[PredictorError], status: int) -> None:
    assert status_of(error) == status


class BrokenUnitOfWork(UnitOfWork):
    """A database that answers everything with `error`."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        raise self._error
        yield

    @contextmanager
    def read(self) -> Iterator[CommittedState]:
        raise self._error
        yield


class FullImageStore(MemoryImageStore):
    """No room left."""

    def put(self, key: ImageKey, data: bytes) -> None:
        raise ImageStoreFull


def test_with_the_database_away_a_client_is_told_when_to_come_back() -> None:
    store = MemoryImageStore()
    world = World(unit_of_work=BrokenUnitOfWork(DatabaseUnavailable()), image_store=store)

    answer = world.submit_json(data=DATA)

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["detail"] == "The database is not available at the moment."
    assert len(store) == 0


def test_a_full_image_store_is_told_apart() -> None:
    unit_of_work = MemoryUnitOfWork()
    world = World(unit_of_work=unit_of_work, image_store=FullImageStore())

    answer = world.submit_json(data=DATA)

    assert (answer.status_code, answer.json()["code"]) == (507, "image_store_full")
    assert len(unit_of_work) == 0


def test_without_memory_a_client_is_told_when_to_come_back() -> None:
    store = MemoryImageStore()
    world = World(unit_of_work=BrokenUnitOfWork(MemoryError()), image_store=store)

    answer = world.submit_json(data=DATA)

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert len(store) == 0


def test_what_nobody_expected_is_logged_and_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    world = World(unit_of_work=BrokenUnitOfWork(RuntimeError("the password is swordfish")))

    answer = world.submit_json(data=DATA)

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["code"] == "internal_error"
    assert "swordfish" not in answer.text
    assert "RuntimeError: the password is swordfish" in caplog.text


def app_that(raises: Callable[[], Exception]) -> FastAPI:
    app = World().app

    @app.get("/trouble")
    def trouble(number: int = 0) -> None:
        raise raises()

    return app


def test_a_field_that_the_domain_refuses_is_named() -> None:
    problem = ask(app_that(lambda: InvalidField("name", "The name is odd.")), "GET", "/trouble").json()

    assert problem["errors"] == [{"field": "name", "message": "The name is odd."}]


def test_the_frameworks_own_validation_does_not_echo() -> None:
    answer = ask(app_that(Unavailable), "GET", "/trouble?number=Zq7secret")

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert "Zq7secret" not in answer.text
