"""Read a request body within a limit of size and a limit of time."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from adapters.http.requests.http_limits import HttpLimits
from adapters.http.requests.request_errors import BodyIncomplete, ReceiveTimeout
from domain.errors import InvalidInput


async def read_body(request: Request, max_bytes: int, limits: HttpLimits, too_large: InvalidInput) -> bytes:
    """Read the whole body; the size is counted on arrival, so that a body without Content-Length is limited too.

    Args:
        max_bytes: maximum size; checked against Content-Length before anything is read.
        too_large: the error to raise for a larger body.

    Raises:
        InvalidInput: `too_large`, if the body is larger than `max_bytes`.
        ReceiveTimeout: it took longer than `limits.receive_timeout`.
        BodyIncomplete: the client disconnected.
    """
    if _declared_length(request) > max_bytes:
        raise too_large
    try:
        async with asyncio.timeout(limits.receive_timeout.total_seconds()):
            return await _collect(request, max_bytes, too_large)
    except TimeoutError:
        raise ReceiveTimeout from None
    except ClientDisconnect:
        raise BodyIncomplete from None


def _declared_length(request: Request) -> int:
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isdecimal() else 0


async def _collect(request: Request, max_bytes: int, too_large: InvalidInput) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise too_large
    return bytes(body)
