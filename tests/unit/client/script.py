"""A service that answers by a script, and both clients in front of it as if they were one."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx

from predictor_client import AsyncPredictorClient, PredictorClient, RetryPolicy

Step = httpx.Response | httpx.TransportError
UUID_1 = "00000000-0000-0000-0000-000000000001"
GIF = b"GIF89a and so on"
# As many retries as by default, without any pause.
AT_ONCE = RetryPolicy(chance=lambda: 0.0)


class Script:
    """Answers in their order; the last one again and again. Keeps the requests."""

    def __init__(self, *steps: Step) -> None:
        self._steps = deque(steps)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        step = self._steps.popleft() if len(self._steps) > 1 else self._steps[0]
        if isinstance(step, httpx.TransportError):
            raise step
        return _again(step)

    @property
    def request(self) -> httpx.Request:
        """The only one."""
        [request] = self.requests
        return request


class Face:
    """One of the two clients; what is asynchronous in it is awaited, what it iterates over is a list."""

    def __init__(self, script: Script, *, is_async: bool, **settings: Any) -> None:
        settings = dict[str, Any](retry=AT_ONCE, transport=httpx.MockTransport(script)) | settings
        self._client = (AsyncPredictorClient if is_async else PredictorClient)("http://service", **settings)

    def __getattr__(self, method: str) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            return asyncio.run(_awaited(getattr(self._client, method)(*args, **options)))

        return call


def _again(response: httpx.Response) -> httpx.Response:
    """The same answer; a client takes over the one that it is given."""
    body = {"content": response.content} if response.is_closed else {"stream": response.stream}
    return httpx.Response(response.status_code, headers=response.headers, **body)


async def _awaited(outcome: Any) -> Any:
    if isinstance(outcome, AsyncIterator):
        return [item async for item in outcome]
    if isinstance(outcome, Iterator):
        return list(outcome)
    return await outcome if asyncio.iscoroutine(outcome) else outcome


def content(status: str = "queued", **fields: Any) -> dict[str, Any]:
    """A prediction as the service describes it."""
    empty = dict.fromkeys(("prediction", "score", "error", "expires_at", "started_at", "finished_at"))
    given = {"uuid": UUID_1, "name": "dog", "status": status, "top": [], "model": "lite", "priority": 5, "attempts": 0}
    return empty | given | {"created_at": "2026-01-01T12:00:00Z"} | fields


SUCCEEDED = content(
    "succeeded",
    prediction="dogsled",
    score=0.75,
    top=[{"label": "dogsled", "score": 0.75}, {"label": "sled", "score": 0.125, "rank": 2}],
    attempts=1,
    started_at="2026-01-01T12:00:00.001500Z",
    finished_at="2026-01-01T12:00:01Z",
    colour="blue",
)
FAILED = content("failed", error={"code": "image_undecodable", "message": "The image cannot be decoded."})


def prediction(status: int = 200, fields: dict[str, Any] | None = None) -> httpx.Response:
    """An answer with a prediction."""
    return httpx.Response(status, json=fields or content())


def problem(status: int, code: str, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
    """A refusal."""
    body = {"type": "about:blank", "title": "No", "status": status, "detail": "It is not to be.", "code": code} | more
    media_type = {"Content-Type": "application/problem+json"}
    return httpx.Response(status, content=json.dumps(body), headers=media_type | (headers or {}))
