"""Allowed and forbidden connections of webhooks. Nothing here leaves the process."""

import threading
import time
from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import Any

import httpcore
import pytest

from adapters.webhooks.connection import Deadline, ForbiddenAddress, GuardedBackend, TimedStream, UnknownHost
from adapters.webhooks.resolver import Resolver, SystemResolver
from domain.webhooks.public_address import AddressPolicy, IPAddress

PUBLIC, PUBLIC_TOO, METADATA, LOOPBACK = "1.1.1.1", "2606:4700::1111", "169.254.169.254", "127.0.0.1"


class Names(Resolver):
    """Answers with these addresses, one answer after the other, and the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def resolve(self, host: str, timeout: float) -> list[IPAddress]:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if not answer:
            raise OSError("no such host")
        return [ip_address(address) for address in answer]


class NeverAnswers(Resolver):
    def resolve(self, host: str, timeout: float) -> list[IPAddress]:
        raise TimeoutError


class Network(httpcore.NetworkBackend):
    """Keeps where connections went; `away` refuses them."""

    def __init__(self, *away: str) -> None:
        self.away = away
        self.connected: list[tuple[str, int]] = []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        if host in self.away:
            raise httpcore.ConnectError
        self.connected.append((host, port))
        return httpcore.MockStream([])


def connect(
    names: Resolver, network: Network, address_policy: AddressPolicy | None = None, seconds: float = 9.0
) -> None:
    backend = GuardedBackend(address_policy or AddressPolicy(), Deadline.after(seconds), names, network)
    backend.connect_tcp("receiver.example", 443)


def test_the_address_that_was_checked_is_the_one_connected_to() -> None:
    network = Network()
    connect(names := Names([PUBLIC], [LOOPBACK]), network)
    assert network.connected == [(PUBLIC, 443)]
    assert names.asked == 1


@pytest.mark.parametrize(
    "inward",
    [LOOPBACK, METADATA, "10.0.0.1", "192.168.0.1", "100.64.0.1", "0.0.0.0", "::1", "fe80::1", "::ffff:127.0.0.1"],
)
def test_a_name_that_leads_inward_is_not_connected_to(inward: str) -> None:
    network = Network()
    for answer in ([inward], [PUBLIC, inward], [inward, PUBLIC]):
        with pytest.raises(ForbiddenAddress):
            connect(Names(answer), network)
    assert network.connected == []


def test_a_name_that_is_bound_anew_is_checked_anew() -> None:
    network, names = Network(), Names([PUBLIC], [METADATA])
    connect(names, network)
    with pytest.raises(ForbiddenAddress):
        connect(names, network)
    assert network.connected == [(PUBLIC, 443)]


def test_an_allowed_network_may_be_connected_to() -> None:
    network = Network()
    connect(Names([LOOPBACK]), network, AddressPolicy((ip_network("127.0.0.0/8"),)))
    assert network.connected == [(LOOPBACK, 443)]


def test_the_next_address_is_tried_where_the_first_is_away() -> None:
    network = Network(PUBLIC)
    connect(Names([PUBLIC, PUBLIC, PUBLIC_TOO]), network)
    assert network.connected == [(PUBLIC_TOO, 443)]
    with pytest.raises(httpcore.ConnectError):
        connect(Names([PUBLIC]), network)


def test_a_name_without_address() -> None:
    with pytest.raises(UnknownHost):
        connect(Names([]), Network())
    with pytest.raises(httpcore.ConnectTimeout):
        connect(NeverAnswers(), Network())


def test_nothing_begins_after_the_deadline() -> None:
    network = Network()
    with pytest.raises(httpcore.TimeoutException):
        connect(Names([PUBLIC]), network, seconds=0)
    assert network.connected == []


def test_a_socket_in_the_file_system_is_no_address() -> None:
    with pytest.raises(ForbiddenAddress):
        GuardedBackend(AddressPolicy(), Deadline.after(9)).connect_unix_socket("/run/docker.sock")


def test_a_stream_ends_at_the_deadline_however_often_something_comes() -> None:
    stream = TimedStream(httpcore.MockStream([b"x"] * 1_000_000), Deadline.after(0.05))

    def read_all() -> None:
        while True:
            stream.read(1)
            time.sleep(0.01)

    with pytest.raises(httpcore.TimeoutException):
        read_all()
    with pytest.raises(httpcore.TimeoutException):
        stream.write(b"x")
    stream.close()
    assert stream.get_extra_info("socket") is None


def test_the_system_resolves_an_address_and_the_machine_s_own_name() -> None:
    assert SystemResolver().resolve("192.0.2.1", 9) == [ip_address("192.0.2.1")]
    assert {address.is_loopback for address in SystemResolver().resolve("localhost", 9)} == {True}
    assert ip_address("127.0.0.1") in SystemResolver().resolve("127.1", 9)


@pytest.mark.parametrize("host", ["x" * 64 + ".example", "a b"])
def test_what_is_no_name_has_no_address(host: str) -> None:
    with pytest.raises(OSError, match=r".+"):
        SystemResolver().resolve(host, 9)


def test_resolving_a_name_has_a_timeout() -> None:
    answered = threading.Event()

    def look_up(_host: str) -> list[IPAddress]:
        answered.wait(20)
        return []

    with pytest.raises(TimeoutError):
        SystemResolver(look_up).resolve("localhost", 0.01)
    answered.set()


@pytest.mark.parametrize("port", [22, 25, 1023])
def test_a_forbidden_port_is_not_connected_to_and_its_host_not_looked_up(port: int) -> None:
    network, names = Network(), Names([PUBLIC])
    backend = GuardedBackend(AddressPolicy(), Deadline.after(9), names, network)
    with pytest.raises(ForbiddenAddress):
        backend.connect_tcp("receiver.example", port)
    assert (network.connected, names.asked) == ([], 0)


def test_a_deadline_is_brought_forward_and_never_put_off() -> None:
    deadline = Deadline.after(5)
    deadline.bring_forward(1)
    assert 0 < deadline.left() <= 1
    deadline.bring_forward(60)
    assert deadline.left() <= 1
