"""Connections to allowed addresses only, with a deadline."""

import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpcore

from adapters.webhooks.resolver import Resolver, SystemResolver
from domain.webhooks.public_address import AddressPolicy, IPAddress

# Most receivers accept within a tenth of a second. The limit leaves time for a second address.
_CONNECT_SECONDS = 5.0


class ForbiddenAddress(Exception):
    """Raised when the policy forbids the port, or an address that the host has."""


class UnknownHost(Exception):
    """Raised when the host has no address."""


@dataclass(slots=True)
class Deadline:
    """Deadline of an attempt, in seconds of the monotonic clock."""

    moment: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        return cls(time.monotonic() + seconds)

    def bring_forward(self, seconds: float) -> None:
        """Let it be in so many seconds, unless it is sooner."""
        self.moment = min(self.moment, time.monotonic() + seconds)

    def left(self, at_most: float | None = None) -> float:
        """Remaining seconds, at most `at_most`; raises `httpcore.ReadTimeout` after the deadline."""
        left = self.moment - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("out of time")
        return left if at_most is None else min(left, at_most)


@dataclass(frozen=True)
class GuardedBackend(httpcore.NetworkBackend):
    """Opens TCP connections for httpcore, to hosts of which `address_policy` allows every address and the port.

    The name is resolved once, here, and the connection is opened to the addresses that were checked, since the name
    could resolve to others a moment later. TLS still verifies the name.
    """

    address_policy: AddressPolicy
    deadline: Deadline
    resolver: Resolver = field(default_factory=SystemResolver)
    network: httpcore.NetworkBackend = field(default_factory=httpcore.SyncBackend)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        if not self.address_policy.allows_port(port):
            raise ForbiddenAddress
        problem: Exception = UnknownHost()
        for address in self._addresses(host):
            seconds = self.deadline.left(_CONNECT_SECONDS)
            try:
                stream = self.network.connect_tcp(str(address), port, seconds, local_address, socket_options)
                return TimedStream(stream, self.deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        raise ForbiddenAddress

    def _addresses(self, host: str) -> list[IPAddress]:
        try:
            found = self.resolver.resolve(host, self.deadline.left(_CONNECT_SECONDS))
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except OSError as error:
            raise UnknownHost from error
        # A forbidden address among allowed ones is a sign of an attack.
        if not all(self.address_policy.allows(address) for address in found):
            raise ForbiddenAddress
        return list(dict.fromkeys(found))


@dataclass(frozen=True)
class TimedStream(httpcore.NetworkStream):
    """Stream that ends at the deadline, even if the receiver keeps sending single bytes."""

    stream: httpcore.NetworkStream
    deadline: Deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, self.deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, self.deadline.left())

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return TimedStream(self.stream.start_tls(ssl_context, server_hostname, self.deadline.left()), self.deadline)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)
