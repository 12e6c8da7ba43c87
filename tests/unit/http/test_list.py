"""The list of predictions over HTTP."""

import base64
from typing import Any
from urllib.parse import quote

import pytest

from adapters.memory import MemoryUnitOfWork
from domain.prediction_state import Failure
from tests.contracts.unit_of_work import keep
from tests.harness.builders import NOON, a_prediction
from tests.unit.http.world import MARK, World, assert_problem

A_CURSOR = base64.urlsafe_b64encode(bytes(16)).decode().rstrip("=")


@pytest.fixture
def world() -> World:
    """Predictions 1 to 9, of which 7 to 9 failed, and every third is of another model."""
    unit_of_work = MemoryUnitOfWork()
    for number in range(1, 10):
        prediction = a_prediction(number, model="resnet50" if number % 3 == 0 else "squeezenet1_0")
        if number > 6:
            prediction.give_up(Failure("gone", "Gone."), NOON)
        keep(unit_of_work, prediction)
    return World(unit_of_work=unit_of_work)


def numbers(page: dict[str, Any]) -> list[int]:
    return [int(prediction["uuid"].replace("-", ""), 16) for prediction in page["predictions"]]


@pytest.mark.parametrize("path", ["/predictions", "/predictions/"])
def test_the_newest_come_first_and_whole(world: World, path: str) -> None:
    answer = world.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert numbers(answer.json()) == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert answer.json()["next"] is None
    first = answer.json()["predictions"][0]
    assert first == world.get(f"/predictions/{first['uuid']}").json()


def test_an_empty_list_is_a_page_too() -> None:
    assert World().get("/predictions").json() == {"predictions": [], "next": None}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=failed", [9, 8, 7]),
        ("status=queued&limit=2", [6, 5]),
        ("status=canceled", []),
        ("model=resnet50", [9, 6, 3]),
        ("model=ResNet50", []),
        ("status=queued&model=resnet50", [6, 3]),
    ],
)
def test_filters(world: World, query: str, expected: list[int]) -> None:
    assert numbers(world.get(f"/predictions?{query}").json()) == expected


@pytest.mark.parametrize("query", ["", "&status=queued", "&model=squeezenet1_0"])
def test_the_cursor_leads_through_all_pages(world: World, query: str) -> None:
    everything = numbers(world.get(f"/predictions?limit=100{query}").json())
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = world.get(f"/predictions?limit=2{query}" + (f"&cursor={cursor}" if cursor else "")).json()
        seen += numbers(page)
        cursor = page["next"]
    assert seen == everything
    assert len(seen) > 4


def test_a_cursor_needs_no_escaping(world: World) -> None:
    cursor = world.get("/predictions?limit=1").json()["next"]
    assert quote(cursor, safe="") == cursor


REFUSED = [
    ("limit=0", "limit", "The field limit is not between 1 and 100."),
    ("limit=101", "limit", "The field limit is not between 1 and 100."),
    (f"limit={'9' * 4000}", "limit", "The field limit is not between 1 and 100."),
    (f"limit={MARK}", "limit", "The field limit is not a whole number."),
    (
        f"status={MARK}",
        "status",
        "The field status is not 'queued', 'processing', 'succeeded', 'failed' or 'canceled'.",
    ),
    (f"model={MARK * 32}", "model", "The field model has more than 255 characters."),
    ("page=2", "page", "The field page is not known."),
    (f"cursor={MARK}", "cursor", "The cursor is not one that this service gave out."),
    ("cursor=", "cursor", "The cursor is not one that this service gave out."),
    (f"cursor={A_CURSOR}=", "cursor", "The cursor is not one that this service gave out."),
    (f"cursor={A_CURSOR[:-1]}B", "cursor", "The cursor is not one that this service gave out."),
    (f"cursor=!{A_CURSOR}", "cursor", "The cursor is not one that this service gave out."),
    (f"cursor={A_CURSOR}AA", "cursor", "The cursor is not one that this service gave out."),
    ("cursor=%C3%BC", "cursor", "The cursor is not one that this service gave out."),
    ("cursor=%00", "cursor", "The cursor is not one that this service gave out."),
]


@pytest.mark.parametrize(("query", "field", "message"), REFUSED)
def test_a_bad_parameter_is_named(world: World, query: str, field: str, message: str) -> None:
    answer = world.get(f"/predictions?{query}")

    assert_problem(answer, 422, "invalid_field")
    assert answer.json()["errors"] == [{"field": field, "message": message}]


def test_a_cursor_of_the_right_form_is_taken(world: World) -> None:
    assert world.get(f"/predictions?cursor={A_CURSOR}").json() == {"predictions": [], "next": None}
