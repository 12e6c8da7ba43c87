"""Cross-origin resource sharing (WHATWG Fetch, 3.3): the API for pages of the allowed origins."""

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from adapters.http.requests.request_errors import CrossSiteRequest
from adapters.http.responses.problem_json import refusal

# No credentials: the service has no cookies, and a page sends its key itself.
_METHODS = ("DELETE", "GET", "HEAD", "POST")
_REQUEST_HEADERS = ("Authorization", "Content-Encoding", "Idempotency-Key", "Last-Event-ID", "Prefer", "X-API-Key")
_RESPONSE_HEADERS = (
    "Content-Disposition",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "WWW-Authenticate",
)


class CrossOriginSharing(CORSMiddleware):
    """Starlette's middleware with this API's methods and headers, and problem JSON for refused preflights.

    Every answer varies by `Origin`, and one to an allowed origin may be embedded there too.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=_METHODS,
            allow_headers=_REQUEST_HEADERS,
            expose_headers=_RESPONSE_HEADERS,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        return response if response.status_code == 200 else refusal(CrossSiteRequest())

    @staticmethod
    def allow_explicit_origin(headers: MutableHeaders, origin: str) -> None:
        CORSMiddleware.allow_explicit_origin(headers, origin)
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
