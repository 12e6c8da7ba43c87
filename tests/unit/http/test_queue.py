"""The queue's figures."""

import pytest

from adapters.memory import MemoryJobQueue
from application.look_up.get_queue import GetQueue
from application.ports.queue.queue_gauge import QueueReading
from tests.harness.builders import a_prediction
from tests.unit.http.world import PICTURE, World, assert_problem


@pytest.mark.parametrize("path", ["/queue", "/queue/"])
def test_it_tells_what_waits_and_for_how_many(path: str) -> None:
    world = World()
    for _ in range(3):
        assert world.submit(PICTURE, "image/png").status_code == 202

    answer = world.get(path)

    assert (answer.status_code, answer.json()) == (200, {"waiting": 3, "workers": 1})


def test_what_is_held_back_waits_as_well() -> None:
    queue = MemoryJobQueue()
    queue.publish([a_prediction(1).job])
    assert GetQueue(queue=queue, held_back=lambda: 41).execute() == QueueReading(waiting=42, workers=1)


def test_a_queue_that_is_away_is_not_empty() -> None:
    world = World()
    world.queue.disconnect()

    answer = world.get("/queue")

    assert_problem(answer, 503, "queue_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
