"""Webhooks from real processes to a real receiver."""

import base64
import signal
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from adapters.webhooks.resolver import SystemResolver
from domain.webhooks.public_address import is_public
from tests.e2e.conftest import Produce, Serve, embedded
from tests.harness.servers.bad_receivers import hanging
from tests.harness.servers.receiver import Receiver, receiving
from tests.harness.service import COFFEE, EmbeddedService, Service, eventually

OLD, NEW = ("whsec_" + base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
# Four attempts and more, in the time that a test has; this machine's own addresses are allowed.
SETTINGS: dict[str, object] = {
    "webhook_secrets": f"{NEW} {OLD}",
    "webhook_networks": "127.0.0.0/8",
    "webhook_retry_seconds": "0.1 0.1 0.1 0.1 0.1",
}


def deliveries(service: Service, uuid: str) -> list[dict[str, Any]]:
    response = service.client.get(f"/predictions/{uuid}/webhooks/")
    assert response.status_code == 200
    found: list[dict[str, Any]] = response.json()["webhooks"]
    return found


def settled(service: Service, uuid: str) -> dict[str, Any]:
    """The only delivery of a prediction, once it is settled."""

    def look() -> dict[str, Any] | None:
        return next((d for d in deliveries(service, uuid) if d["state"] != "pending"), None)

    return eventually(look)


def verified(receiver: Receiver, secret: str) -> list[dict[str, Any]]:
    """The payloads that the receiver got, verified by the official library."""
    return [Webhook(secret).verify(received.body, received.headers) for received in receiver.received]


def fails_three_times_and_takes_it(service: Service) -> None:
    with receiving(500, 302, 404) as receiver:
        uuid = service.submit(COFFEE, webhook=receiver.url())
        delivery = settled(service, uuid)
        assert delivery["state"] == "delivered"
        assert [attempt["status"] for attempt in delivery["attempts"]] == [500, 302, 404, 204]
        assert [r.headers["webhook-id"] for r in receiver.received] == [delivery["id"]] * 4
        for secret in (OLD, NEW):
            assert verified(receiver, secret) == [service.get(uuid)] * 4


def test_a_receiver_that_fails_three_times_gets_the_same_webhook_until_it_takes_it(serve: Serve) -> None:
    service = serve(**SETTINGS)
    service.wait_until_ready()
    fails_three_times_and_takes_it(service)


def test_the_same_from_a_worker(produce: Produce) -> None:
    service = produce(**SETTINGS)
    service.start_worker()
    fails_three_times_and_takes_it(service)


def test_what_a_killed_process_did_not_send_is_sent_by_the_next(serve: Serve) -> None:
    service = serve(**SETTINGS)
    service.wait_until_ready()
    with receiving(*[503] * 3) as receiver:
        uuids = [service.submit(COFFEE, webhook=receiver.url()) for _ in range(5)]
        for uuid in uuids:
            service.result(uuid)
        service.stop(signal.SIGKILL)
        service.start()
        states = [settled(service, uuid) for uuid in uuids]
        assert [delivery["state"] for delivery in states] == ["delivered"] * 5
        told = {prediction["uuid"] for prediction in verified(receiver, NEW)}
        assert told == set(uuids)
        assert {r.headers["webhook-id"] for r in receiver.received} == {delivery["id"] for delivery in states}


def test_a_receiver_that_is_gone_is_left_alone_and_events_are_chosen(serve: Serve) -> None:
    service = serve(**SETTINGS)
    service.wait_until_ready()
    with receiving(410) as receiver:
        uuid = service.submit(COFFEE, webhook=receiver.url(), webhook_events=["succeeded"])
        assert settled(service, uuid)["state"] == "disabled"
        other = service.submit(COFFEE, webhook=receiver.url(), webhook_events=["failed", "canceled"])
        assert service.result(other)["status"] == "succeeded"
        assert deliveries(service, other) == []
        assert receiver.connections == 1


@pytest.fixture(scope="module")
def cautious(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedService]:
    """A service that sends webhooks to the internet only."""
    with embedded(tmp_path_factory.mktemp("cautious"), webhook_secrets=NEW, webhook_retry_seconds="0.1") as service:
        service.wait_until_ready()
        yield service


def refused(service: Service, webhook: str) -> httpx.Response:
    picture = base64.b64encode(COFFEE).decode()
    return service.client.post("/inference/image", json={"data": picture, "webhook": webhook})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1"])
def test_a_webhook_that_leads_inward_is_refused_at_once(cautious: EmbeddedService, host: str) -> None:
    before = cautious.traces()
    with receiving() as receiver:
        answer = refused(cautious, receiver.url(host))
        assert (answer.status_code, answer.json()["code"]) == (422, "webhook_forbidden")
        assert cautious.traces() == before
        assert receiver.connections == 0


def test_a_name_that_leads_inward_is_never_connected_to(cautious: EmbeddedService) -> None:
    name = socket.gethostname()
    try:
        inward = not any(is_public(address) for address in SystemResolver().resolve(name, 5))
    except OSError:
        inward = False
    if not inward:
        pytest.skip("this machine's own name does not lead to itself")
    with receiving() as receiver:
        uuid = cautious.submit(COFFEE, webhook=receiver.url(name))
        delivery = settled(cautious, uuid)
        assert delivery["state"] == "failed"
        assert [attempt["error"] for attempt in delivery["attempts"]] == ["address_forbidden"] * 2
        assert receiver.connections == 0


def a_dead_receiver_delays_nobody_else(service: Service) -> None:
    with hanging("127.0.0.2") as dead, receiving() as receiver:
        waiting = [service.submit(COFFEE, webhook=dead) for _ in range(40)]
        for uuid in waiting:
            service.result(uuid)
        assert eventually(lambda: any(deliveries(service, uuid)[0]["attempts"] for uuid in waiting))
        for _ in range(3):
            uuid = service.submit(COFFEE, webhook=receiver.url())
            service.result(uuid)
            finished = time.monotonic()
            assert settled(service, uuid)["state"] == "delivered"
            assert time.monotonic() - finished < 1
        assert len(receiver.received) == 3


def test_a_receiver_that_never_answers_delays_nobody_else_s_webhook(serve: Serve) -> None:
    service = serve(webhook_secrets=NEW, webhook_networks="127.0.0.0/8")
    service.wait_until_ready()
    a_dead_receiver_delays_nobody_else(service)


def test_nor_does_it_from_a_worker(produce: Produce) -> None:
    service = produce(webhook_secrets=NEW, webhook_networks="127.0.0.0/8")
    service.start_worker()
    a_dead_receiver_delays_nobody_else(service)


@pytest.mark.parametrize("port", [22, 25, 1023])
def test_a_port_of_another_service_is_refused(cautious: EmbeddedService, port: int) -> None:
    answer = refused(cautious, f"https://example.com:{port}/")
    assert (answer.status_code, answer.json()["code"]) == (422, "webhook_forbidden")
