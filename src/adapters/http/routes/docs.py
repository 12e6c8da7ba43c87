"""The documentation page: Swagger UI from local files, so that it works without internet."""

import gzip
import html
from functools import cache
from pathlib import Path

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

_STATIC = Path(__file__).parents[1] / "static"
_ASSETS = {
    "swagger-ui.css": ("text/css", "swagger-ui/swagger-ui.css.gz"),
    "swagger-ui-bundle.js": ("text/javascript", "swagger-ui/swagger-ui-bundle.js.gz"),
    "docs.js": ("text/javascript", "docs.js"),
}
# Swagger UI has style attributes and icons in data URLs; nothing else is inline.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# One hour: after an upgrade of the service its page is old no longer than that.
_CACHING = {"Cache-Control": "max-age=3600", "Vary": "Accept-Encoding"}


def docs_routes() -> APIRouter:
    """`GET /docs` and its files; not part of the OpenAPI document."""
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    async def get_docs(request: Request) -> Response:
        root = html.escape(request.scope.get("root_path", ""))
        page = await run_in_threadpool(_read, "docs.html")
        content = page.replace(b"{root}", root.encode())
        headers = {"Content-Security-Policy": _POLICY, "Cross-Origin-Opener-Policy": "same-origin"}
        return HTMLResponse(content, headers=headers)

    @router.get("/docs/{name}")
    async def get_docs_asset(request: Request, name: str) -> Response:
        if name not in _ASSETS:
            raise HTTPException(404)
        accepts_gzip = "gzip" in request.headers.get("accept-encoding", "")
        return await run_in_threadpool(_asset, name, accepts_gzip)

    return router


def _asset(name: str, accepts_gzip: bool) -> Response:
    media_type, path = _ASSETS[name]
    content, headers = _read(path), dict(_CACHING)
    if path.endswith(".gz") and accepts_gzip:
        headers["Content-Encoding"] = "gzip"
    elif path.endswith(".gz"):
        content = gzip.decompress(content)
    return Response(content, headers=headers, media_type=media_type)


@cache
def _read(path: str) -> bytes:
    return (_STATIC / path).read_bytes()
