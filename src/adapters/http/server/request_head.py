"""Rules for the head of a request, beyond those of the parser."""

from collections.abc import Sequence

import httptools

from adapters.http.requests.request_errors import HeadersTooLarge, MalformedRequest
from adapters.http.server.connection_limits import ConnectionLimits
from domain.errors import PredictorError

Headers = Sequence[tuple[bytes, bytes]]

_VERSIONS = ("1.1", "1.0")
_HOP_BY_HOP = (b"upgrade", b"connection", b"http2-settings")


def fault_of(url: bytes, headers: Headers, version: str, limits: ConnectionLimits) -> PredictorError | None:
    """Find what is wrong with a head; None if nothing is.

    A proxy and this server have to agree on where a request ends and on the host that is meant: whatever the two could
    read in different ways is refused (RFC 9112, 3.2 and 6.1). The parser has refused most of it already.
    """
    size, hosts = len(url), 0
    for name, value in headers:
        size += len(name) + len(value) + 4  # colon, space, line break
        if name == b"host":
            hosts += 1
        elif name == b"transfer-encoding" and (version == "1.0" or value.lower() != b"chunked"):
            return MalformedRequest()
    if size > limits.max_header_bytes or len(headers) > limits.MAX_HEADERS:
        return HeadersTooLarge()
    if hosts > 1 or (not hosts and version == "1.1") or version not in _VERSIONS:
        return MalformedRequest()
    return None


def split_absolute(url: bytes) -> tuple[bytes, bytes] | None:
    """Host, and path with query, of a request for ``http://host/path``; None if `url` is not such an address.

    That host counts, and not the one of the header (RFC 9112, 3.2.2).
    """
    try:
        parts = httptools.parse_url(url)
    except httptools.HttpParserInvalidURLError:
        return None
    if parts.schema not in (b"http", b"https") or not parts.host:
        return None
    host = b"[%b]" % parts.host if b":" in parts.host else parts.host
    query = b"" if parts.query is None else b"?" + parts.query
    return (host if parts.port is None else b"%b:%d" % (host, parts.port)), (parts.path or b"/") + query


def without_upgrade(method: bytes, url: bytes, version: str, headers: Headers) -> bytes:
    """The head of the same request without the wish for another protocol, which a server may ignore (RFC 9110, 7.8)."""
    lines = [b"%b %b HTTP/%b" % (method, url, version.encode())]
    lines += [b"%b: %b" % (name, value) for name, value in headers if name not in _HOP_BY_HOP]
    if any(name == b"connection" and b"close" in value.lower() for name, value in headers):
        lines.append(b"connection: close")
    return b"\r\n".join(lines) + b"\r\n\r\n"
