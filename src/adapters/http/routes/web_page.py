"""The root path: the web page for browsers, status and version as JSON for other clients."""

import hashlib
import html
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from adapters.http.requests.content_negotiation import prefers_html
from adapters.http.requests.http_limits import HttpLimits
from adapters.http.schemas.openapi import OPEN
from adapters.http.schemas.status import ServiceBody

_FOLDER = Path(__file__).parents[1] / "static" / "page"
_MEDIA_TYPES = {
    ".css": "text/css",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
# No inline code and no other hosts. Pictures that are not sent yet are blob: URLs.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
_PAGE_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept",
}
# Stored, but revalidated each time: modules of different versions must never be mixed.
_CACHING = {"Cache-Control": "no-cache"}
_DOCUMENTED: dict[int | str, dict[str, Any]] = {
    200: {
        "model": ServiceBody,
        "description": "The service is up. Clients that prefer `text/html` get the web page.",
        "content": {"text/html": {"schema": {"type": "string"}}},
    }
}


def page_routes(limits: HttpLimits, version: str) -> APIRouter:
    """`GET /` and the files that the page loads."""
    router = APIRouter(tags=["health"])

    @router.get("/", summary="See that the service is up, or the web page", responses=_DOCUMENTED, openapi_extra=OPEN)
    async def get_service(request: Request) -> Response:
        if not prefers_html(request.headers.get("accept", "")):
            body = orjson.dumps({"status": "ok", "version": version})
            return Response(body, headers={"Vary": "Accept"}, media_type="application/json")
        template = await run_in_threadpool(_read, "index.html")
        root = html.escape(request.scope.get("root_path", ""))
        facts = {"root": root, "max_image_bytes": str(limits.max_image_bytes), "version": html.escape(version)}
        return _answer(request, _filled(template, facts), "text/html", _PAGE_HEADERS)

    @router.get("/page/{name}", include_in_schema=False)
    async def get_page_file(request: Request, name: str) -> Response:
        media_type = _MEDIA_TYPES.get(Path(name).suffix)
        if media_type is None or name not in await run_in_threadpool(_names):
            raise HTTPException(404)
        return _answer(request, await run_in_threadpool(_read, name), media_type, {})

    return router


def _answer(request: Request, content: bytes, media_type: str, headers: dict[str, str]) -> Response:
    """Build a response with the content, or 304 if the client has it already (RFC 9110, 13.1.2)."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {**headers, **_CACHING, "ETag": tag}
    known = request.headers.get("if-none-match", "")
    if tag in known or known == "*":
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=media_type)


def _filled(template: bytes, facts: dict[str, str]) -> bytes:
    for name, value in facts.items():
        template = template.replace(b"{" + name.encode() + b"}", value.encode())
    return template


@cache
def _names() -> frozenset[str]:
    """Names of the files to serve; text from a client never becomes part of a path."""
    return frozenset(path.name for path in _FOLDER.iterdir())


@cache
def _read(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()
