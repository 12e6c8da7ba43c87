"""The queue's figures."""

import pytest

from tests.unit.http.world import PICTURE, World, assert_problem


@pytest.mark.parametrize("path", ["/queue", "/queue/"])
def test_it_tells_what_waits_and_for_how_many(path: str) -> None:
    world = World()
    for _ in range(3):
        assert world.submit(PICTURE, "image/png").status_code == 202

    answer = world.get(path)

    assert (answer.status_code, answer.json()) == (200, {"waiting": 3, "workers": 1})


def test_a_queue_that_is_away_is_not_empty() -> None:
    world = World()
    world.queue.disconnect()

    answer = world.get("/queue")

    assert_problem(answer, 503, "queue_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
