"""The commands about single predictions, the list, and the state of the service."""

import json
from uuid import UUID

import pytest

from adapters.memory import MemoryUnitOfWork
from application.ports.health_check import HealthCheck
from domain.errors import QueueUnavailable
from tests.unit.cli.conftest import Predictor, Server
from tests.unit.http.world import PICTURE, World

UNKNOWN = UUID(int=99)


@pytest.fixture
def uuid(world: World) -> str:
    """A queued prediction whose name would change a terminal's colours."""
    found: str = world.submit(PICTURE, "image/png", "?name=dog%1B%5B31m").json()["uuid"]
    return found


class NoQueue(HealthCheck):
    name = "queue"

    def check(self) -> None:
        raise QueueUnavailable


def test_get_for_people_and_for_programs(predictor: Predictor, uuid: str) -> None:
    shown = predictor("get", uuid)
    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[:3] == [f"uuid         {uuid}", "name         dog?[31m", "status       queued"]
    answer = json.loads(predictor("get", "--json", uuid).stdout)
    assert (answer["uuid"], answer["status"], answer["prediction"], answer["top"]) == (uuid, "queued", None, [])


def test_get_says_by_its_exit_code_that_there_will_be_no_label(predictor: Predictor, uuid: str) -> None:
    assert predictor("cancel", uuid).stdout == f"{uuid} canceled\n"
    assert predictor("get", uuid).exit_code == 1
    watched = predictor("get", "--watch", uuid)
    assert (watched.exit_code, watched.stdout) == (1, "canceled    It was canceled.\n")


def test_what_is_canceled_can_be_queued_again_and_removed(predictor: Predictor, uuid: str, world: World) -> None:
    told = [predictor(command, uuid).stdout for command in ("cancel", "retry", "delete")]
    assert told == [f"{uuid} canceled\n", f"{uuid} queued\n", f"{uuid} deleted\n"]
    assert isinstance(world.unit_of_work, MemoryUnitOfWork)
    assert len(world.unit_of_work) == 0


@pytest.mark.parametrize("command", ["cancel", "retry", "delete"])
def test_one_refusal_is_not_in_the_way_of_the_others(predictor: Predictor, uuid: str, command: str) -> None:
    if command == "retry":
        predictor("cancel", uuid)
    done = predictor(command, UNKNOWN, uuid)
    assert done.exit_code == 1
    assert done.stdout.startswith(uuid)
    assert done.stderr == f"{UNKNOWN}: There is no prediction with this uuid.\n"


def test_the_list_as_lines_with_tabs(predictor: Predictor, uuid: str) -> None:
    [line] = predictor("list").stdout.splitlines()
    assert line.split("\t") == [uuid, "queued", "", "", "dog?[31m", "2026-01-01T00:00:00+00:00"]


def test_the_list_by_state_and_no_longer_than_wanted(predictor: Predictor, world: World) -> None:
    uuids = [world.submit(PICTURE, "image/png").json()["uuid"] for _ in range(3)]
    predictor("cancel", uuids[0])
    [found] = predictor("list", "--json", "--status", "canceled").stdout.splitlines()
    assert json.loads(found)["uuid"] == uuids[0]
    assert len(predictor("list", "--limit", "2").stdout.splitlines()) == 2
    assert predictor("list", "--model", "other").stdout == ""


@pytest.mark.parametrize(
    "arguments", [("get", "17"), ("cancel",), ("list", "--status", "odd"), ("list", "--limit", "0")]
)
def test_a_wrong_command_line(predictor: Predictor, arguments: tuple[str, ...]) -> None:
    assert predictor(*arguments).exit_code == 2


def test_nobody_listens(predictor: Predictor) -> None:
    done = predictor("status", "--url", "http://127.0.0.1:9")
    assert done.exit_code == 3
    assert "Traceback" not in done.output


def test_the_state_of_the_service(predictor: Predictor, uuid: str) -> None:
    shown = predictor("status")
    assert shown.exit_code == 0
    assert "version 1.2.3" in shown.stdout.splitlines()[0]
    told = {"ready        yes", "workers      1", "waiting      1", "queued       1", "processing   0"}
    assert told <= set(shown.stdout.splitlines())
    answer = json.loads(predictor("status", "--json").stdout)
    assert (answer["workers"], answer["waiting"], answer["queued"]) == (1, 1, 1)


def test_a_service_without_a_worker(predictor: Predictor, world: World) -> None:
    world.queue.close()
    assert "workers      0, so nothing is classified" in predictor("status").stdout.splitlines()


def test_a_service_that_lacks_a_part(predictor: Predictor, server: Server) -> None:
    server.app = World(checks=(NoQueue(),)).app
    shown = predictor("status")
    assert shown.exit_code == 1
    assert {"ready        no", f"queue        {QueueUnavailable().message}"} <= set(shown.stdout.splitlines())
    assert "workers" not in shown.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(predictor: Predictor, shell: str) -> None:
    done = predictor("completion", shell)
    assert done.exit_code == 0
    assert "_PREDICTOR_COMPLETE" in done.stdout
