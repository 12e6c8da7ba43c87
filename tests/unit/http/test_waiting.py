"""Waiting for results over HTTP: submissions, lookups and events."""

import time
from contextlib import ExitStack
from datetime import timedelta
from functools import cached_property
from uuid import UUID

import httpx
import pytest

from adapters.http.requests.wait_preference import preferred_wait, queried_wait
from adapters.http.waiting.long_polling import ResultWaiters
from adapters.http.waiting.places import WaitingPlaces
from adapters.memory import MemoryUnitOfWork
from adapters.memory.classifier import labels
from domain.errors import DatabaseUnavailable
from tests.harness.builders import NOON
from tests.unit.http.world import DATA, SUBMIT, World, assert_problem, body

PATH = "/predictions/00000000-0000-0000-0000-000000000001"


class Finished(World):
    """Every picture is classified the moment it is published."""

    def finish(self) -> None:
        with self.unit_of_work.begin() as tx:
            [prediction] = tx.predictions.lock([UUID(int=1)])
            prediction.start(NOON, timedelta(minutes=1), "squeezenet1_0")
            prediction.succeed(1, labels("dogsled"), NOON)
            tx.predictions.save([prediction])
            tx.commit()
        self.feed.announce([prediction])


def submit(world: World, prefer: str) -> httpx.Response:
    return world.request("POST", SUBMIT, content=body(data=DATA), headers={"Prefer": prefer})


def test_a_submission_that_waits_is_answered_with_the_label() -> None:
    world = Finished()
    publish = world.queue.publish
    world.queue.publish = lambda jobs: (publish(jobs), world.finish())  # type: ignore[assignment,method-assign,func-returns-value]
    answer = submit(world, "respond-async, wait=10")
    assert (answer.status_code, answer.json()["prediction"]) == (200, "dogsled")
    assert answer.headers["preference-applied"] == "wait=10"
    assert answer.headers["location"] == PATH


def test_a_submission_whose_time_is_over_is_accepted_all_the_same() -> None:
    answer = submit(World(), "wait=0")
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")


def test_a_submission_is_accepted_though_its_result_cannot_be_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    class Away(MemoryUnitOfWork):
        def read(self) -> None:  # type: ignore[override]
            raise DatabaseUnavailable

    monkeypatch.setattr("adapters.http.waiting.long_polling._POLL_SECONDS", 0.01)
    answer = submit(World(unit_of_work=Away()), "wait=1")
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("wait=10", 10),
        ("respond-async, wait=5", 5),
        ('WAIT = "7"; foo', 7),
        ("wait=100000", 60),
        ("wait=0", 0),
        ("", None),
        ("wait", None),
        ("wait=soon", None),
        ("wait=-1", None),
        ("await=10", None),
    ],
)
def test_what_a_client_prefers(header: str, seconds: float | None) -> None:
    assert preferred_wait(header, 60) == seconds


@pytest.mark.parametrize(("text", "seconds"), [(None, 0), ("0", 0), ("2.5", 2.5), ("1e9", 60)])
def test_how_long_a_query_asks_to_wait(text: str | None, seconds: float) -> None:
    assert queried_wait(text, 60) == seconds


@pytest.mark.parametrize("text", ["soon", "-1", "nan", "inf", ""])
def test_a_wait_that_is_no_number_of_seconds_is_refused(text: str) -> None:
    world = World()
    world.submit_json(data=DATA)
    assert_problem(world.get(f"{PATH}?wait={text}"), 422, "invalid_field")


def test_a_lookup_waits_as_long_as_it_is_asked_to() -> None:
    world = World()
    world.submit_json(data=DATA)
    answer = world.get(f"{PATH}?wait=0.01")
    assert (answer.status_code, answer.json()["status"]) == (200, "queued")


def test_the_events_of_a_finished_prediction_are_one() -> None:
    world = Finished()
    world.submit_json(data=DATA)
    world.finish()
    answer = world.get(f"{PATH}/events/")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert answer.text.startswith("event: succeeded\nid: 1-succeeded\ndata: {")
    again = world.request("GET", f"{PATH}/events", headers={"Last-Event-ID": "1-succeeded"})
    assert (again.status_code, again.content) == (204, b"")


def test_events_of_an_unknown_prediction_are_not_found() -> None:
    assert_problem(World().get(f"{PATH}/events"), 404, "prediction_not_found")


class Crowded(World):
    """A place for one request that waits, and for one stream."""

    @cached_property
    def waiters(self) -> ResultWaiters:
        waiters = super().waiters
        waiters.places = WaitingPlaces(4, waits=1, streams=1)
        return waiters


def test_where_too_many_wait_a_request_is_answered_at_once() -> None:
    world = Crowded()
    with world.waiters.places.waits.one():
        submitted, started = submit(world, "wait=10"), time.monotonic()
        found = world.get(f"{PATH}?wait=10")

    assert time.monotonic() - started < 5
    assert (submitted.status_code, submitted.json()["status"]) == (202, "queued")
    assert "preference-applied" not in submitted.headers
    assert (found.status_code, found.json()["status"]) == (200, "queued")


def test_where_there_are_too_many_streams_another_one_is_refused() -> None:
    world = Crowded()
    submit(world, "")
    with world.waiters.places.streams.one():
        answer = world.get(f"{PATH}/events")

    assert_problem(answer, 503, "too_many_streams")
    assert answer.headers["retry-after"] == "5"


def test_places_are_given_back() -> None:
    places = WaitingPlaces(16, waits=100, streams=100)
    for _ in range(10):
        with places.waits.one():
            assert not places.waits.are_taken

    with ExitStack() as stack:
        for _ in range(4):
            assert not places.streams.are_taken
            stack.enter_context(places.streams.one())
        assert places.streams.are_taken
