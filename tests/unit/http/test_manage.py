"""Canceling, retrying and deleting over HTTP."""

import pytest

from adapters.memory import MemoryImageStore, MemoryUnitOfWork
from domain.errors import ImageStoreUnavailable
from domain.image import ImageKey
from tests.contracts.unit_of_work import look_up
from tests.unit.http.world import DATA, World, assert_problem

UUID_1 = "00000000-0000-0000-0000-000000000001"
PATH = f"/predictions/{UUID_1}"
ACTIONS = [("POST", "/cancel"), ("POST", "/retry"), ("DELETE", "")]


@pytest.fixture
def world() -> World:
    world = World()
    world.submit_json(name="dog", data=DATA)
    return world


@pytest.mark.parametrize("slash", ["", "/"])
def test_canceling_answers_with_the_canceled_prediction(world: World, slash: str) -> None:
    answer = world.request("POST", f"{PATH}/cancel{slash}")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert (answer.json()["uuid"], answer.json()["status"]) == (UUID_1, "canceled")
    assert answer.json() == world.get(PATH).json()


def test_canceling_twice_is_a_conflict(world: World) -> None:
    world.request("POST", f"{PATH}/cancel")

    answer = world.request("POST", f"{PATH}/cancel")

    assert_problem(answer, 409, "wrong_state")
    assert answer.json()["detail"] == "The prediction is already canceled."


def test_retrying_answers_with_the_queued_prediction(world: World) -> None:
    world.request("POST", f"{PATH}/cancel")

    answer = world.request("POST", f"{PATH}/retry")

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["finished_at"]) == ("queued", None)
    assert answer.json() == world.get(PATH).json()


def test_retrying_a_queued_one_is_a_conflict(world: World) -> None:
    assert_problem(world.request("POST", f"{PATH}/retry"), 409, "wrong_state")


def test_retrying_without_the_picture_is_refused(world: World) -> None:
    world.request("POST", f"{PATH}/cancel")
    world.image_store.delete(ImageKey(f"0000000/{UUID_1}.png"))

    assert_problem(world.request("POST", f"{PATH}/retry"), 404, "image_missing")


def test_deleting_leaves_nothing(world: World) -> None:
    answer = world.request("DELETE", PATH)

    assert (answer.status_code, answer.content) == (204, b"")
    assert_problem(world.get(PATH), 404, "prediction_not_found")
    assert_problem(world.request("DELETE", PATH), 404, "prediction_not_found")
    assert isinstance(world.unit_of_work, MemoryUnitOfWork)
    assert isinstance(world.image_store, MemoryImageStore)
    assert len(world.unit_of_work) == len(world.image_store) == 0


class StoreAway(MemoryImageStore):
    """Takes pictures and then goes away."""

    def delete(self, key: ImageKey) -> None:
        raise ImageStoreUnavailable


def test_deleting_while_the_image_store_is_away_can_be_repeated() -> None:
    world = World(image_store=StoreAway())
    world.submit_json(name="dog", data=DATA)

    answer = world.request("DELETE", PATH)

    assert_problem(answer, 503, "image_store_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert look_up(world.unit_of_work, 1).status == "canceled"


@pytest.mark.parametrize(("method", "action"), ACTIONS)
@pytest.mark.parametrize("uuid", ["00000000-0000-0000-0000-000000000002", "12345678", "%00"])
def test_an_unknown_or_malformed_uuid_is_not_found(world: World, method: str, action: str, uuid: str) -> None:
    assert_problem(world.request(method, f"/predictions/{uuid}{action}"), 404, "prediction_not_found")


def test_looking_changes_nothing(world: World) -> None:
    for _, action in ACTIONS[:2]:
        assert world.get(PATH + action).status_code == 405
    assert world.get(PATH).json()["status"] == "queued"
