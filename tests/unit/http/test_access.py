"""Access with keys: who gets in, who sees what, and when a key is over."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.routing import Route

from adapters.http.access.access_layer import AccessLayer
from adapters.http.access.authenticator import Authenticator
from adapters.http.routes.docs import docs_routes
from adapters.memory import FixedClock, MemoryUnitOfWork
from application.access.find_api_keys import FindApiKeys
from application.access.revoke_api_key import RevokeApiKey
from domain.access.api_key import ApiKey
from domain.access.caller import CallerLimits, Scope
from domain.access.key_token import KeyToken
from domain.access.owner import Owner
from domain.errors import ApiKeyInvalid, DatabaseUnavailable
from domain.priority import Priority
from tests.contracts.api_keys import keep_keys
from tests.contracts.unit_of_work import keep
from tests.harness.builders import NOON, a_key, a_prediction, a_token
from tests.unit.http.world import DATA, SUBMIT, World, assert_problem, body

PUBLIC = {"/", "/docs", "/docs/{name}", "/page/{name}", "/openapi.json", "/health/live", "/health/ready"}
SHOP, MUSEUM = Owner("shop"), Owner("museum")
ALL_SCOPES = frozenset(Scope)


def world_with(*keys: ApiKey, **fields: Any) -> World:
    world = World(needs_keys=True, **fields)
    keep_keys(world.unit_of_work, *keys)
    return world


def bearer(number: int) -> dict[str, str]:
    return {"Authorization": f"Bearer {a_token(number).text}"}


def endpoints(world: World) -> list[tuple[str, str]]:
    """Method and path of every endpoint, documented or not."""
    routes = [route for router in (*world.routers(), docs_routes()) for route in router.routes]
    routes += [route for route in world.app.routes if isinstance(route, Route)]
    return sorted(
        {(m, r.path) for r in routes if isinstance(r, Route | APIRoute) for m in r.methods or () if m != "HEAD"}
    )


def address(path: str) -> str:
    return re.sub(r"\{\w+\}", str(UUID(int=1)), path)


def test_all_but_the_public_paths_need_a_key() -> None:
    world = world_with()
    asked = endpoints(world)
    closed = [(method, path) for method, path in asked if path not in PUBLIC]
    assert len(closed) >= 11
    answers = {(m, path): world.request(m, address(path)) for m, path in closed}
    assert {endpoint: a.status_code for endpoint, a in answers.items() if a.status_code != 401} == {}
    assert {a.headers["www-authenticate"] for a in answers.values()} == {'Bearer realm="predictor"'}
    opened = [(method, path) for method, path in asked if path in PUBLIC]
    assert {
        endpoint for endpoint in opened if world.request(endpoint[0], address(endpoint[1])).status_code == 401
    } == set()


@pytest.mark.parametrize("path", ["/nowhere", "/predictions/", "/docs/../predictions", "/health/live/x"])
def test_an_address_that_is_not_known_to_be_public_is_not(path: str) -> None:
    assert world_with().get(path).status_code == 401


def test_the_document_asks_for_a_key_where_one_is_needed() -> None:
    document = world_with().get("/openapi.json").json()
    assert document["security"] == [{"bearer": []}, {"api_key": []}]
    assert set(document["components"]["securitySchemes"]) == {"bearer", "api_key"}
    free = {path for path, item in document["paths"].items() for each in item.values() if each.get("security") == []}
    assert free == {"/", "/health/live", "/health/ready"}
    assert World().get("/openapi.json").json()["security"][0] == {}


@pytest.mark.parametrize(
    "headers",
    [
        bearer(1),
        {"Authorization": f"bEARER   {a_token(1).text}"},
        {"X-API-Key": a_token(1).text},
        {"X-API-Key": a_token(1).text, "Authorization": "Basic dXNlcjpwYXNz"},
    ],
)
def test_a_key_comes_in_one_of_two_headers(headers: dict[str, str]) -> None:
    assert world_with(a_key(1)).request("GET", "/predictions", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        a_token(2).text,
        a_token(1).text[:-1],
        KeyToken(a_token(1).id, "A" * 42 + "B").text,
        f"{a_token(1).text} x",
    ],
)
def test_a_wrong_key_is_refused_whatever_is_wrong(text: str) -> None:
    answer = world_with(a_key(1)).request("GET", "/predictions", headers={"Authorization": f"Bearer {text}"})
    assert_problem(answer, 401, "api_key_invalid")


@pytest.mark.parametrize("fields", [{"revoked_at": NOON}, {"expires_at": NOON}])
def test_a_key_that_is_over_is_refused(fields: dict[str, Any]) -> None:
    world = world_with(a_key(1, **fields), clock=FixedClock(NOON))
    assert_problem(world.request("GET", "/predictions", headers=bearer(1)), 401, "api_key_invalid")


def test_no_key_is_taken_from_the_address() -> None:
    text = a_token(1).text
    answer = world_with(a_key(1)).get(f"/predictions?api_key={text}&access_token={text}&key={text}")
    assert_problem(answer, 401, "api_key_missing")


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        (Scope.READ, "GET", "/predictions", 200),
        (Scope.READ, "GET", "/queue", 200),
        (Scope.READ, "POST", SUBMIT, 403),
        (Scope.READ, "DELETE", f"/predictions/{UUID(int=1)}", 403),
        (Scope.SUBMIT, "GET", "/predictions", 403),
        (Scope.SUBMIT, "POST", SUBMIT, 202),
        (Scope.SUBMIT, "DELETE", f"/predictions/{UUID(int=9)}", 404),
        (Scope.ADMIN, "GET", "/predictions", 403),
        (Scope.ADMIN, "POST", SUBMIT, 403),
    ],
)
def test_a_key_allows_its_scopes_only(scope: Scope, method: str, path: str, status: int) -> None:
    world = world_with(a_key(1, scopes=frozenset({scope})))
    answer = world.request(method, path, headers=bearer(1), content=body(data=DATA) if method == "POST" else None)
    assert answer.status_code == status
    if status == 403:
        assert_problem(answer, 403, "insufficient_scope")
        assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


OTHERS = [
    ("GET", ""),
    ("GET", "?wait=0.01"),
    ("GET", "/events"),
    ("GET", "/image"),
    ("GET", "/webhooks"),
    ("POST", "/cancel"),
    ("POST", "/retry"),
    ("DELETE", ""),
]


@pytest.mark.parametrize(("method", "path"), OTHERS)
def test_the_predictions_of_others_are_not_found(method: str, path: str) -> None:
    world = world_with(a_key(1, SHOP, scopes=ALL_SCOPES), a_key(2, MUSEUM, scopes=ALL_SCOPES))
    prediction = a_prediction(7, owner=SHOP)
    keep(world.unit_of_work, prediction)
    world.image_store.put_all({prediction.image: b"picture"})

    assert_problem(
        world.request(method, f"/predictions/{UUID(int=7)}{path}", headers=bearer(2)), 404, "prediction_not_found"
    )

    with world.unit_of_work.read() as committed:
        assert committed.predictions.get(SHOP, UUID(int=7)) == prediction


def test_every_endpoint_of_a_prediction_was_tried() -> None:
    tried = {(method, f"/predictions/{{uuid}}{path.partition('?')[0]}") for method, path in OTHERS}
    known = {(m, path) for m, path in endpoints(World()) if path.startswith("/predictions/{uuid}")}
    assert known == tried


def test_each_owner_lists_its_own_submissions() -> None:
    world = world_with(a_key(1, SHOP), a_key(2, MUSEUM), a_key(3, SHOP))
    for number in (1, 2, 3):
        answer = world.request("POST", SUBMIT, headers=bearer(number), content=body(data=DATA, name=str(number)))
        assert answer.status_code == 202
    listed = {n: world.request("GET", "/predictions", headers=bearer(n)).json()["predictions"] for n in (1, 2, 3)}
    assert {n: sorted(p["name"] for p in found) for n, found in listed.items()} == {
        1: ["1", "3"],
        2: ["2"],
        3: ["1", "3"],
    }


def test_an_idempotency_key_is_the_owner_s() -> None:
    world = world_with(a_key(1, SHOP), a_key(2, MUSEUM), a_key(3, SHOP))
    answers = {
        n: world.request("POST", SUBMIT, headers={**bearer(n), "Idempotency-Key": "k"}, content=body(data=DATA)).json()
        for n in (1, 2, 3)
    }
    assert answers[1]["uuid"] == answers[3]["uuid"] != answers[2]["uuid"]


@pytest.mark.parametrize("path", [SUBMIT, "/inference/images"])
def test_a_priority_above_that_of_the_key_is_refused(path: str) -> None:
    world = world_with(a_key(1, limits=CallerLimits(max_priority=Priority(5))))
    for priority, status in ((5, 202), (6, 422)):
        entry = {"data": DATA, "priority": priority}
        content = body(**entry) if path == SUBMIT else body(images=[entry])
        answer = world.request("POST", path, headers=bearer(1), content=content)
        assert answer.status_code == status
    assert answer.json()["errors"][0]["field"].endswith("priority")


def test_readiness_tells_everybody_the_state_and_admins_the_parts() -> None:
    world = world_with(a_key(1, scopes=ALL_SCOPES), a_key(2), checks=[MemoryQueueCheck()])
    assert world.get("/health/ready").json() == {"status": "ready"}
    assert world.request("GET", "/health/ready", headers=bearer(2)).json() == {"status": "ready"}
    assert world.request("GET", "/health/ready", headers=bearer(1)).json()["checks"] == {"queue": "ok"}
    assert world.request("GET", "/health/ready", headers={"X-API-Key": "wrong"}).status_code == 401


class MemoryQueueCheck:
    name = "queue"

    def check(self) -> None: ...


class Memory:
    """An authenticator over a database that counts its questions and can be away."""

    def __init__(self, *keys: ApiKey) -> None:
        self.unit_of_work, self.clock = MemoryUnitOfWork(), FixedClock(NOON)
        keep_keys(self.unit_of_work, *keys)
        self.asked: list[list[str]] = []
        self.is_away = False
        self.authenticator = Authenticator(self.find, self.clock)

    def find(self, ids: Any) -> list[ApiKey]:
        self.asked.append(list(ids))
        if self.is_away:
            raise DatabaseUnavailable
        return FindApiKeys(unit_of_work=self.unit_of_work).execute(ids)

    def revoke(self, number: int) -> None:
        RevokeApiKey(unit_of_work=self.unit_of_work, clock=self.clock).execute(a_key(number).id)


def test_a_key_is_remembered_for_a_while_and_so_is_an_unknown_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.http.access.authenticator.MEMORY_SECONDS", 0.05)
    memory = Memory(a_key(1))

    async def story() -> None:
        for _ in range(3):
            assert (await memory.authenticator.authenticate(a_token(1).text)).owner == a_key(1).owner
            with pytest.raises(ApiKeyInvalid):
                await memory.authenticator.authenticate(a_token(2).text)
        assert len(memory.asked) == 2
        memory.revoke(1)
        await asyncio.sleep(0.1)
        with pytest.raises(ApiKeyInvalid):
            await memory.authenticator.authenticate(a_token(1).text)

    asyncio.run(story())


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.http.access.authenticator._MAX_IDS", 10)
    memory = Memory(a_key(1))

    async def story() -> None:
        for number in range(2, 30):
            with pytest.raises(ApiKeyInvalid):
                await memory.authenticator.authenticate(a_token(number).text)
        assert len(memory.authenticator._known) == 10

    asyncio.run(story())


def test_a_flood_of_unknown_keys_is_few_questions() -> None:
    memory = Memory(a_key(1))

    async def story() -> None:
        tokens = [a_token(number).text for number in range(2, 500)]
        wrong = [memory.authenticator.authenticate(text) for text in tokens]
        good = memory.authenticator.authenticate(a_token(1).text)
        *refused, caller = await asyncio.gather(*wrong, good, return_exceptions=True)
        assert {type(each) for each in refused} == {ApiKeyInvalid}
        assert caller == a_key(1).caller
        assert len(memory.asked) <= 4

    asyncio.run(story())


def test_without_the_database_a_new_key_is_not_known_and_an_old_one_is() -> None:
    memory = Memory(a_key(1), a_key(2))

    async def story() -> None:
        await memory.authenticator.authenticate(a_token(1).text)
        memory.is_away = True
        await memory.authenticator.authenticate(a_token(1).text)
        with pytest.raises(DatabaseUnavailable):
            await memory.authenticator.authenticate(a_token(2).text)

    asyncio.run(story())


def test_the_uses_of_keys_are_taken_once() -> None:
    memory = Memory(a_key(1), a_key(2))
    asyncio.run(_authenticate(memory, 1))
    memory.clock.advance(timedelta(seconds=1))
    asyncio.run(_authenticate(memory, 1))
    assert memory.authenticator.take_uses() == {a_key(1).id: NOON + timedelta(seconds=1)}
    assert memory.authenticator.take_uses() == {}


async def _authenticate(memory: Memory, number: int) -> None:
    await memory.authenticator.authenticate(a_token(number).text)


@pytest.mark.parametrize("starts", [True, False])
def test_a_long_request_ends_when_its_key_is_revoked(monkeypatch: pytest.MonkeyPatch, *, starts: bool) -> None:
    answer = asyncio.run(_long_request(monkeypatch, starts, "revoke"))
    if starts:
        assert (answer.status_code, answer.text) == (200, "begun ")
    else:
        assert_problem(answer, 401, "api_key_invalid")


def test_a_long_request_goes_on_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = asyncio.run(_long_request(monkeypatch, True, "away"))
    assert answer.text == "begun done"


async def _long_request(monkeypatch: pytest.MonkeyPatch, starts: bool, event: str) -> httpx.Response:
    monkeypatch.setattr("adapters.http.access.authenticator.MEMORY_SECONDS", 0.01)
    monkeypatch.setattr("adapters.http.access.access_layer.RECHECK_SECONDS", 0.02)
    memory = Memory(a_key(1))

    async def endpoint(_scope: Any, _receive: Any, send: Any) -> None:
        if starts:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"begun ", "more_body": True})
        memory.is_away = event == "away"
        if event == "revoke":
            memory.revoke(1)
        await asyncio.sleep(0.3 if event == "away" else 20)
        await send({"type": "http.response.body", "body": b"done"})

    layer = AccessLayer(endpoint, memory.authenticator.authenticate)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(layer), base_url="http://test") as client:
        return await client.get("/predictions", headers=bearer(1))


def test_a_client_that_goes_away_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(a_key(1))

    async def endpoint(_scope: Any, _receive: Any, _send: Any) -> None:
        await asyncio.sleep(20)

    async def story() -> None:
        layer = AccessLayer(endpoint, memory.authenticator.authenticate)
        headers = [(b"x-api-key", a_token(1).text.encode())]
        scope = {"type": "http", "method": "GET", "path": "/predictions", "headers": headers}

        async def nothing(_message: Any = None) -> Any: ...

        task = asyncio.create_task(layer(scope, nothing, nothing))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(story())
