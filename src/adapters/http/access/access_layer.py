"""The layer in front of every endpoint: without a caller that may, nothing but the public paths answers."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.http.access.caller import with_caller
from adapters.http.responses.problem_json import refusal
from domain.access.caller import ANYBODY, Caller
from domain.access.caller import Scope as KeyScope
from domain.errors import ApiKeyMissing, PredictorError, Unauthenticated, Unavailable

# What a browser needs before its user has given a key, and what probes ask for. The rest is refused by default.
_PUBLIC = frozenset({"/", "/docs", "/openapi.json", "/health/live"})
_PUBLIC_FOLDERS = ("/docs/", "/page/")
# Answers to everybody, and tells more to a caller that may see it.
_PARTLY_PUBLIC = "/health/ready"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
# Seconds from one check of the key of a long request to the next; with the memory of the authenticator, a revoked key
# ends its streams within ten seconds.
RECHECK_SECONDS = 4.0


# Finds the caller that the text of a key stands for; raises `ApiKeyInvalid` and `Unavailable`.
Authenticate = Callable[[str], Awaitable[Caller]]


class AccessLayer:
    """ASGI middleware that finds the caller of each request, and refuses those that lack a key or its scope.

    A request that takes long, such as an event stream, is checked again and ends once its key is not valid any more.

    Args:
        app: the endpoints.
        authenticate: finds the caller of a key; None where no key is needed and everybody is the same caller.
    """

    def __init__(self, app: ASGIApp, authenticate: Authenticate | None) -> None:
        self._app = app
        self._authenticate = authenticate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self._authenticate is None:
            await self._app(with_caller(scope, ANYBODY), receive, send)
        else:
            await self._serve(self._authenticate, scope, receive, send)

    async def _serve(self, authenticate: Authenticate, scope: Scope, receive: Receive, send: Send) -> None:
        path, key = _path(scope), _key(scope)
        if _is_public(path) or (path == _PARTLY_PUBLIC and key is None):
            await self._app(scope, receive, send)
            return
        try:
            if key is None:
                raise ApiKeyMissing
            caller = await authenticate(key)
            if path != _PARTLY_PUBLIC:
                caller.require(KeyScope.READ if scope["method"] in _READING else KeyScope.SUBMIT)
        except PredictorError as error:
            await refusal(error)(scope, receive, send)
            return
        request = _WatchedRequest(partial(authenticate, key), send)
        await request.run(self._app, with_caller(scope, caller), receive)


def _path(scope: Scope) -> str:
    """The path as the router sees it, without the prefix under which a proxy serves it."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path[len(root) :] if root and f"{path}/".startswith(f"{root}/") else path


def _is_public(path: str) -> bool:
    return path in _PUBLIC or path.startswith(_PUBLIC_FOLDERS)


def _key(scope: Scope) -> str | None:
    """The key in `Authorization: Bearer` or else in `X-API-Key`, never in the URL, which is logged by proxies."""
    headers = Headers(scope=scope)
    scheme, _, text = headers.get("authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else headers.get("x-api-key")


class _WatchedRequest:
    """A request whose key is checked again while it lasts."""

    def __init__(self, check: Callable[[], Awaitable[Caller]], send: Send) -> None:
        self._check = check
        self._send = send
        self._refusal: Unauthenticated | None = None
        self._started = False
        self._watch: asyncio.Task[None] | None = None

    async def run(self, app: ASGIApp, scope: Scope, receive: Receive) -> None:
        """Serve the request until it is answered, or its key is refused."""
        serving = asyncio.current_task()
        assert serving is not None  # the server runs each request in a task
        # Most requests end long before: a timer costs less than a task.
        timer = asyncio.get_running_loop().call_later(RECHECK_SECONDS, self._start_watch, serving)
        try:
            await app(scope, receive, self._note_start)
        except asyncio.CancelledError:
            if self._refusal is None:
                raise
            serving.uncancel()
            await self._end(self._refusal, scope, receive)
        finally:
            timer.cancel()
            if self._watch:
                self._watch.cancel()

    def _start_watch(self, serving: "asyncio.Task[object]") -> None:
        self._watch = asyncio.create_task(self._check_again(serving))

    async def _check_again(self, serving: "asyncio.Task[object]") -> None:
        while self._refusal is None:
            try:
                await self._check()
            except Unauthenticated as refused:
                self._refusal = refused
                serving.cancel()
            except Unavailable:  # nothing is known against the key
                pass
            await asyncio.sleep(RECHECK_SECONDS)

    async def _note_start(self, message: Message) -> None:
        self._started = True
        await self._send(message)

    async def _end(self, refused: Unauthenticated, scope: Scope, receive: Receive) -> None:
        if self._started:
            await self._send({"type": "http.response.body"})
        else:
            await refusal(refused)(scope, receive, self._send)
