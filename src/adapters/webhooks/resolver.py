"""Resolution of host names with a timeout."""

import socket
import threading
from abc import abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Protocol

from domain.webhooks.public_address import IPAddress


class Resolver(Protocol):
    """Resolves host names."""

    @abstractmethod
    def resolve(self, host: str, timeout: float) -> list[IPAddress]:
        """Addresses of `host`, in the order in which to try them.

        Raises:
            OSError: the host has no address.
            TimeoutError: there was no answer within `timeout` seconds.
        """


def look_up(host: str) -> list[IPAddress]:
    """Addresses of `host` from the operating system, which has no timeout; raises OSError if there are none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a part of the name is too long
        raise OSError(str(error)) from error
    # The zone behind an IPv6 address is dropped; it names a local interface, and such an address is never public.
    return [ip_address(str(address[0]).partition("%")[0]) for *_, address in found]


@dataclass(frozen=True)
class SystemResolver(Resolver):
    """Asks the operating system in another thread, and stops waiting after the timeout."""

    look_up: Callable[[str], list[IPAddress]] = look_up

    def resolve(self, host: str, timeout: float) -> list[IPAddress]:
        found: Future[list[IPAddress]] = Future()

        def run() -> None:
            try:
                found.set_result(self.look_up(host))
            except OSError as error:
                found.set_exception(error)

        # A daemon, so that an answer that never comes does not keep the process.
        threading.Thread(target=run, name="resolver", daemon=True).start()
        return found.result(timeout)
