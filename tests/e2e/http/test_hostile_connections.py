"""Clients that try to hurt the service through their connections; a good client beside them notices nothing."""

import asyncio
import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from soak.attacks import ATTACKS, attack
from soak.leaks import MEMORY, measure
from tests.harness.processes import PREDICTOR
from tests.harness.raw_http import connect, connections, read, talk
from tests.harness.service import COFFEE, EmbeddedService, Service

_DESCRIPTORS = 300
# What is asserted is that nobody waits for an attacker; how long it takes on this machine is the soak's to measure.
_SOON_SECONDS = 5.0
# Of all bodies together, 134 MB may be held; the rest is what comes and goes.
_MEGABYTES_MORE = 250.0


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedService]:
    """A service with few file descriptors."""
    service = EmbeddedService(tmp_path_factory.mktemp("hostile"))
    try:
        service.start("prlimit", f"--nofile={_DESCRIPTORS}", PREDICTOR, "serve")
        service.wait_until_ready()
        service.result(service.submit(COFFEE))
        yield service
    finally:
        service.stop()


def slowest_post(service: Service, seconds: float) -> float:
    """Longest time for a good client's picture to be accepted."""
    durations, ends_at = [0.0], time.monotonic() + seconds
    while time.monotonic() < ends_at:
        began = time.monotonic()
        service.submit(COFFEE)
        durations.append(time.monotonic() - began)
        time.sleep(0.05)
    return max(durations)


def memory_of(service: EmbeddedService) -> float:
    assert service.process
    return measure(service.process.pid)[MEMORY]


async def beside(name: str, service: EmbeddedService, act: Callable[[], float]) -> tuple[float, dict[str, int]]:
    """Do `act` in the middle of an attack; what it found, and what the attackers got."""
    attacking = asyncio.create_task(attack(name, service.url, 6))
    await asyncio.sleep(1)
    found = await asyncio.to_thread(act)
    return found, await attacking


@pytest.mark.parametrize("name", ATTACKS)
def test_a_good_client_is_served_beside_an_attack(service: EmbeddedService, name: str) -> None:
    before = memory_of(service)

    slowest, _ = asyncio.run(beside(name, service, lambda: slowest_post(service, 4)))

    assert slowest < _SOON_SECONDS
    assert memory_of(service) - before < _MEGABYTES_MORE


def test_a_thousand_silent_connections_leave_room_for_new_ones(service: EmbeddedService) -> None:
    with connections(service.url, 1000):
        answer = talk(service.url, b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")

    assert answer.statuses == [200]
    assert service.process
    assert "too many connections" in service.process.log


def test_every_refusal_of_a_connection_is_a_problem(service: EmbeddedService) -> None:
    answer = talk(service.url, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 40_000 + b"\r\n\r\n")

    head, _, body = answer.text.partition(b"\r\n\r\n")
    assert answer.statuses == [431]
    assert b"content-type: application/problem+json" in head
    assert b"server:" not in head
    assert b"date:" in head
    assert json.loads(body)["code"] == "headers_too_large"


def test_a_wish_for_a_web_socket_is_ignored_without_a_word(service: EmbeddedService) -> None:
    head = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

    answer = talk(service.url, head + key, seconds=1)

    assert answer.statuses == [200]
    assert service.process
    assert "pgrade" not in service.process.log


def test_a_picture_with_a_wish_for_http_2_is_taken(service: EmbeddedService) -> None:
    body = json.dumps({"data": base64.b64encode(COFFEE).decode()}).encode()
    head = b"POST /inference/image HTTP/1.1\r\nHost: localhost\r\n"
    wish = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    length = b"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nContent-Length: %d\r\n\r\n" % len(body)

    with connect(service.url) as connection:
        connection.sendall(head + wish + length + body)
        assert read(connection, 2).statuses[0] in (200, 202)


def test_a_proxy_counts_only_if_it_is_trusted(tmp_path: Path) -> None:
    """Without the setting, a client cannot choose its address; a wrong setting is refused at the start."""
    service = EmbeddedService(tmp_path, trusted_proxies="not-an-address")
    with pytest.raises(AssertionError, match="PREDICTOR_TRUSTED_PROXIES"):
        service.start()
    service.stop()
