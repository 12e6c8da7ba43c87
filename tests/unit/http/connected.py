"""A server of one small application, to which tests connect with plain sockets."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from adapters.http.server.connection_guard import ConnectionGuard
from adapters.http.server.connection_limits import ConnectionLimits
from adapters.http.server.protocol import GuardedProtocol

BIG = 8 * 1024 * 1024


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with what arrived; `/wait` takes half a second, `/big` has a long answer."""
    request = Request(scope, receive)
    if request.url.path == "/wait":
        await asyncio.sleep(0.5)
    try:
        body = await request.body()
    except ClientDisconnect:
        return
    content = b"x" * BIG if request.url.path == "/big" else json.dumps(_seen(request, body)).encode()
    await Response(content)(scope, receive, send)


def _seen(request: Request, body: bytes) -> dict[str, Any]:
    names = [name.decode() for name, _ in request.scope["headers"]]
    return {
        "method": request.method,
        "path": request.url.path,
        "query": request.url.query,
        "host": request.headers.get("host"),
        "client": request.client.host if request.client else None,
        "names": names,
        "body": body.decode("latin-1"),
    }


@contextmanager
def served(limits: ConnectionLimits, **config: Any) -> Iterator[str]:
    """The URL of a server that keeps `limits`."""
    guarded: Any = partial(GuardedProtocol, guard=ConnectionGuard(limits))
    options = {"http": guarded, "ws": "none", "lifespan": "off", "log_config": None, "proxy_headers": False} | config
    server = uvicorn.Server(uvicorn.Config(echo, **options))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        yield "http://{}:{}".format(*listener.getsockname())
        server.should_exit = server.force_exit = True
        thread.join()
