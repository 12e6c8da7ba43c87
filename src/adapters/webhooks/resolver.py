"""Names to addresses, in bounded time."""

import socket
import threading
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Protocol

from domain.webhooks.public_address import IPAddress


class Resolver(Protocol):
    """Finds the addresses of a host."""

    @abstractmethod
    def resolve(self, host: str, timeout: float) -> list[IPAddress]:
        """The addresses of `host`, those to be tried first in front.

        Raises:
            OSError: it has none.
            TimeoutError: they were not found within `timeout` seconds.
        """
        ...


def look_up(host: str) -> list[IPAddress]:
    """What the operating system knows of `host`; it knows no time limit.

    Raises:
        OSError: nothing.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a part of the name is too long
        raise OSError(str(error)) from error
    # A zone behind an IPv6 address names one of our interfaces; what has one is never public.
    return [ip_address(str(address[0]).partition("%")[0]) for *_, address in found]


@dataclass(frozen=True)
class SystemResolver(Resolver):
    """Lets another thread look up, which is not waited for for ever."""

    look_up: Callable[[str], list[IPAddress]] = look_up

    def resolve(self, host: str, timeout: float) -> list[IPAddress]:
        question = _Question(lambda: self.look_up(host))
        threading.Thread(target=question.ask, name="resolver", daemon=True).start()
        if not question.answered.wait(timeout):
            raise TimeoutError
        if question.error:
            raise question.error
        return question.addresses


@dataclass
class _Question:
    look_up: Callable[[], list[IPAddress]]
    addresses: list[IPAddress] = field(default_factory=list)
    error: OSError | None = None
    answered: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        try:
            self.addresses = self.look_up()
        except OSError as error:
            self.error = error
        self.answered.set()
