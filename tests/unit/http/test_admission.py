"""Submissions that have to wait are refused before their body is read."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from adapters.memory.free_space import MemoryFreeSpace
from domain.access.caller import CallerLimits
from domain.access.owner import Owner
from domain.access.rate import RateLimit
from tests.contracts.unit_of_work import keep
from tests.harness.builders import a_key, a_prediction
from tests.unit.http.test_access import bearer, world_with
from tests.unit.http.world import DATA, NO_BACKLOG_LIMITS, SUBMIT, SUBMIT_MANY, World, assert_problem, body

SHOP, MUSEUM = Owner("shop"), Owner("museum")
FULL = MemoryFreeSpace()
FULL.is_full = True
SHORT = replace(NO_BACKLOG_LIMITS, pictures=10, pictures_of_owner=10)


def test_a_limited_rate_is_told_with_each_answer() -> None:
    world = World(rate=RateLimit(per_minute=30, burst=2))
    answers = [world.submit_json(data=DATA) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert_problem(answers[2], 429, "rate_limited")
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"pictures";q=2;w=4'}
    assert [answer.headers["ratelimit"] for answer in answers] == [
        '"pictures";r=1;t=2',
        '"pictures";r=0;t=4',
        '"pictures";r=0;t=4',
    ]
    assert answers[2].headers["retry-after"] == "2"


def test_without_a_limit_there_are_no_such_headers() -> None:
    assert "ratelimit" not in World().submit_json(data=DATA).headers


def test_each_picture_of_a_batch_counts() -> None:
    world = World(rate=RateLimit(per_minute=60, burst=4))
    assert world.submit_many(*[{"data": DATA}] * 3).headers["ratelimit"] == '"pictures";r=1;t=3'
    refused = world.submit_many(*[{"data": DATA}] * 3)
    assert_problem(refused, 429, "rate_limited")
    assert len(world.get("/predictions").json()["predictions"]) == 3


def test_the_rate_is_the_owner_s() -> None:
    limits = CallerLimits(rate_per_minute=60, burst=1)
    world = world_with(a_key(1, SHOP, limits=limits), a_key(2, SHOP, limits=limits), a_key(3, MUSEUM, limits=limits))
    statuses = [
        world.request("POST", SUBMIT, headers=bearer(n), content=body(data=DATA)).status_code for n in (1, 2, 3)
    ]
    assert statuses == [202, 429, 202]


@pytest.mark.parametrize("path", [SUBMIT, SUBMIT_MANY, "/predictions/00000000-0000-0000-0000-000000000001/retry"])
def test_a_full_queue_takes_no_more(path: str) -> None:
    world = World(backlog_limits=SHORT)
    keep(world.unit_of_work, *(a_prediction(n) for n in range(1, 11)))
    world.backlog.refresh()
    answer = world.request("POST", path, content=body(images=[{"data": DATA}]))
    assert_problem(answer, 503, "queue_full")
    assert answer.headers["retry-after"] == "5"


def test_an_owner_that_has_its_share_waits_and_others_do_not() -> None:
    world = world_with(a_key(1, SHOP), a_key(2, MUSEUM), backlog_limits=replace(SHORT, pictures_of_owner=5))
    keep(world.unit_of_work, *(a_prediction(n, owner=SHOP) for n in range(100, 105)))
    world.backlog.refresh()
    refused = world.request("POST", SUBMIT, headers=bearer(1), content=body(data=DATA))
    assert_problem(refused, 429, "backlog_full")
    assert int(refused.headers["retry-after"]) >= 1
    assert world.request("POST", SUBMIT, headers=bearer(2), content=body(data=DATA)).status_code == 202


@pytest.mark.parametrize(
    ("world", "headers", "status"),
    [
        (World(rate=RateLimit(per_minute=1, burst=1)), [], 429),
        (World(backlog_limits=replace(SHORT, pictures=0)), [], 503),
        (World(needs_keys=True), [], 401),
        (World(free_space=FULL), [], 507),
        (
            world_with(a_key(1, limits=CallerLimits(max_queued=0))),
            [(b"x-api-key", bearer(1)["Authorization"][7:].encode())],
            429,
        ),
    ],
    ids=["rate", "queue", "key", "disk", "share"],
)
@pytest.mark.parametrize("path", [SUBMIT, SUBMIT_MANY])
def test_the_body_of_a_refused_submission_is_not_read(
    world: World, headers: list[tuple[bytes, bytes]], status: int, path: str
) -> None:
    if world.rate:
        world.submit_json(data=DATA)
    answered: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("the body was read before the answer")

    async def send(message: Any) -> None:
        answered.append(message)
        if message["type"] == "http.response.start":
            raise ConnectionResetError  # what follows is the lingering close

    scope = {
        "type": "http", "method": "POST", "path": path, "query_string": b"", "root_path": "", "scheme": "http",
        "headers": [(b"content-length", b"1000000"), (b"host", b"localhost"), *headers],
    }  # fmt: skip
    with pytest.raises(ConnectionResetError):
        asyncio.run(world.app(scope, receive, send))
    assert answered[0]["status"] == status
