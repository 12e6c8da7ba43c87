"""Origins of web pages (RFC 6454): scheme, host and port, as browsers write them into the `Origin` header."""

from urllib.parse import urlsplit

from adapters.http.browsers.host_list import host_name

_DEFAULT_PORTS = {"http": 80, "https": 443}


def parse_origin(text: str) -> str:
    """The origin in `text` as a browser writes it: in lower case and without the scheme's own port.

    Raises:
        ValueError: it is not the origin of a page, such as `https://photos.example.org`.
    """
    url = urlsplit(text.lower())
    rest = (url.path, url.query, url.fragment)
    if url.scheme not in _DEFAULT_PORTS or any(rest) or host_name(url.netloc) is None or not text.isascii():
        raise ValueError("not an origin")
    port = "" if url.port in (None, _DEFAULT_PORTS[url.scheme]) else f":{url.port}"
    return f"{url.scheme}://{url.netloc.rsplit(':', 1)[0] if url.port is not None else url.netloc.rstrip(':')}{port}"


def is_own(origin: str, host: str) -> bool:
    """True if a page of `origin` came from the service that is asked as `host`, the `Host` header.

    The scheme does not count: behind a proxy that ends TLS, the service does not know it.
    """
    scheme, _, netloc = origin.lower().partition("://")
    host = host.lower()
    return host in (netloc, f"{netloc}:{_DEFAULT_PORTS.get(scheme, '')}") and netloc != ""
