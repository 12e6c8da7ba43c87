"""The host names that the service answers to, against DNS rebinding.

A page of another site can point its own name at this service's address; the browser then takes both for one site, and
lets the page read everything. The name in the `Host` header gives it away.
"""

import re
from ipaddress import ip_address

# RFC 9110, 7.2: a host and a port; of user information, which the grammar does not have, no trace is accepted.
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+(?:%[0-9A-Za-z.~_-]+)?\]|[0-9A-Za-z._-]+)(?::(?P<port>[0-9]{0,5}))?")
_NAME = re.compile(r"(?=.{1,253}\Z)[0-9a-z_](?:[0-9a-z_-]{0,62})(?:\.[0-9a-z_](?:[0-9a-z_-]{0,62}))*")
_ANY = "*"
_BELOW = "*."


def host_name(header: str) -> str | None:
    """Name or address in a `Host` header, in lower case, without port, brackets and the dot of the root.

    Returns:
        None if the header is not one host.
    """
    found = _HOST.fullmatch(header)
    if found is None:
        return None
    name = found["name"].lower()
    if name.startswith("["):
        return name[1:-1] if _is_address(name[1:-1]) else None
    name = name.removesuffix(".")
    return name if _NAME.fullmatch(name) else None


def parse_pattern(text: str) -> str:
    """A host name, `*.` and a host name, or `*`, in lower case.

    Raises:
        ValueError: it is none of these.
    """
    if text == _ANY:
        return text
    below = _BELOW if text.startswith(_BELOW) else ""
    name = text.removeprefix(below).lower().removesuffix(".")
    if _NAME.fullmatch(name) is None:
        raise ValueError("not a host name")
    return below + name


class HostList:
    """The names that are allowed beside addresses and the names of this machine to itself.

    Those are always allowed: a page cannot come from an address that is not its server's, and nobody can register
    `localhost` or a name below it (RFC 6761, 6.3).
    """

    def __init__(self, patterns: tuple[str, ...] = ()) -> None:
        """Create the list.

        Args:
            patterns: host names, `*.example.org` for all names below one, or `*` for any name.

        Raises:
            ValueError: a pattern is none of these.
        """
        parsed = [parse_pattern(pattern) for pattern in patterns]
        self._any = _ANY in parsed
        self._names = frozenset(("localhost", *parsed))
        self._suffixes = (".localhost", *(pattern[1:] for pattern in parsed if pattern.startswith(_BELOW)))

    def allows(self, name: str) -> bool:
        """True if the service answers to `name`, which is in the form of `host_name`."""
        return self._any or name in self._names or name.endswith(self._suffixes) or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
