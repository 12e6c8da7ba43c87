"""ASGI middleware that keeps pages of other sites from using the service through their visitors' browsers."""

import logging
import time
from dataclasses import dataclass, field
from functools import lru_cache

from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.http.browsers.host_list import HostList, host_name
from adapters.http.browsers.origins import is_own
from adapters.http.requests.request_errors import CrossSiteRequest, HostInvalid, HostNotAllowed
from adapters.http.responses.problem_json import refusal
from domain.errors import InvalidInput

_log = logging.getLogger(__name__)

_SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
# `none`: the user asked for it, say from the address bar.
_OWN_SITES = frozenset((b"same-origin", b"none"))
# More than the names of any deployment. Strangers' names push ours out at most; judging one takes 5 microseconds.
_REMEMBERED_HOSTS = 128
# Seconds between two log lines about refused hosts: scanners of the internet ask for many.
_LOG_SECONDS = 60.0


@dataclass(frozen=True)
class BrowserRules:
    """The hosts that the service answers to, and the origins whose pages may use it."""

    hosts: HostList = field(default_factory=HostList)
    origins: frozenset[str] = frozenset()


class BrowserGuard:
    """Refuses what only a browser that is being used sends; other clients never notice it.

    - The `Host` header has to name this service.
    - A request that changes something must not come from a page of another origin, the allowed ones aside. Browsers
      tell by `Sec-Fetch-Site`; older ones, and all of them without TLS, by `Origin`.
    """

    def __init__(self, app: ASGIApp, rules: BrowserRules) -> None:
        self._app = app
        self._rules = rules
        self._origins = frozenset(origin.encode() for origin in rules.origins)
        self._host_problem = lru_cache(_REMEMBERED_HOSTS)(self._judge_host)
        self._log_after = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (problem := self._problem(scope)) is not None:
            await refusal(problem())(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _problem(self, scope: Scope) -> type[InvalidInput] | None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        hosts = [value for name, value in headers if name == b"host"]
        if hosts or scope.get("http_version") != "1.0":
            problem = self._host_problem(hosts[0]) if len(hosts) == 1 else HostInvalid
            if problem is not None:
                self._tell(problem, hosts)
                return problem
        # HTTP/1.0 has no such header: some load balancers probe with it, and no browser speaks it.
        if scope["method"] not in _SAFE_METHODS and not self._is_own(headers, hosts[0] if hosts else b""):
            return CrossSiteRequest
        return None

    def _judge_host(self, header: bytes) -> type[InvalidInput] | None:
        name = host_name(header.decode("latin-1"))
        if name is None:
            return HostInvalid
        return None if self._rules.hosts.allows(name) else HostNotAllowed

    def _tell(self, problem: type[InvalidInput], hosts: list[bytes]) -> None:
        """Log the name of a refused host, which is a line of an operator's settings more often than an attack."""
        now = time.monotonic()
        if problem is HostNotAllowed and now >= self._log_after:
            self._log_after = now + _LOG_SECONDS
            _log.warning("host not allowed; see PREDICTOR_ALLOWED_HOSTS", extra={"host": hosts[0].decode("latin-1")})

    def _is_own(self, headers: list[tuple[bytes, bytes]], host: bytes) -> bool:
        """True unless the request comes from a page of another origin that is not allowed."""
        sites = [value for name, value in headers if name == b"sec-fetch-site"]
        origins = [value for name, value in headers if name == b"origin"]
        if len(origins) == 1 and origins[0] in self._origins:
            return True
        if sites:
            return all(site in _OWN_SITES for site in sites)
        return all(is_own(origin.decode("latin-1"), host.decode("latin-1")) for origin in origins)
