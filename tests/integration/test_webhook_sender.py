"""The sender against real receivers, on this machine: good ones, bad ones, and those it must not address_policy."""

import base64
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from standardwebhooks import Webhook

from adapters.http.responses.prediction_json import render_prediction
from adapters.webhooks.resolver import Resolver
from adapters.webhooks.sender import HTTPWebhookSender
from adapters.webhooks.signature import Secret
from application.ports.webhook_sender import WebhookMessage
from domain.webhooks.public_address import AddressPolicy, IPAddress
from domain.webhooks.webhook_delivery import DeliveryOutcome
from predictor_client import verify_webhook
from tests.contracts.webhook_sender import Post, WebhookSenderContract, a_message
from tests.harness.servers.receiver import Receiver, receiving

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
LOCAL = AddressPolicy((ipaddress.ip_network("127.0.0.0/8"),))
SENDER = HTTPWebhookSender(render_prediction, [Secret.parse(SECRET)], LOCAL)
INWARD = replace(SENDER, address_policy=AddressPolicy())


class ReceiverPost(Post):
    def __init__(self, receiver: Receiver) -> None:
        self.receiver, self.sender, self.url = receiver, SENDER, receiver.url()

    def received_ids(self) -> list[str]:
        return [received.headers["webhook-id"] for received in self.receiver.received]


class TestHTTPWebhookSender(WebhookSenderContract):
    @pytest.fixture
    def post(self) -> Iterator[ReceiverPost]:
        with receiving(*self.STATUSES) as receiver:
            yield ReceiverPost(receiver)


def now(message: WebhookMessage) -> WebhookMessage:
    return replace(message, sent_at=datetime.now(UTC))


def test_the_body_is_what_get_answers_and_the_official_library_verifies_it() -> None:
    with receiving() as receiver:
        message = now(a_message(receiver.url(path="/hook?token=a%20b")))
        assert SENDER.send(message) == DeliveryOutcome(204)
        [received] = receiver.received
    assert received.body == render_prediction(message.prediction)
    assert Webhook(SECRET).verify(received.body, received.headers)["status"] == "failed"
    assert received.path == "/hook?token=a%20b"
    assert received.headers["content-type"] == "application/json"
    assert received.headers["host"] == f"127.0.0.1:{receiver.server_port}"


def test_our_own_client_verifies_it_too() -> None:
    with receiving() as receiver:
        message = now(a_message(receiver.url()))
        SENDER.send(message)
        [received] = receiver.received
    prediction = verify_webhook(received.body, received.headers, SECRET)
    assert (prediction.uuid, prediction.status) == (message.prediction.uuid, "failed")


def test_both_secrets_sign_during_a_rotation() -> None:
    other = "whsec_" + base64.b64encode(bytes(24)).decode()
    sender = replace(SENDER, secrets=[Secret.parse(other), Secret.parse(SECRET)])
    with receiving() as receiver:
        sender.send(now(a_message(receiver.url())))
        [received] = receiver.received
    for secret in (SECRET, other):
        assert Webhook(secret).verify(received.body, received.headers)


def test_a_redirect_is_not_followed() -> None:
    with receiving(302, 307, 308) as receiver, receiving() as inside:
        receiver.location = inside.url()
        assert [SENDER.send(a_message(receiver.url())).status for _ in range(3)] == [302, 307, 308]
        assert inside.connections == 0


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as receiver, receiving() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url(path=""))
        assert SENDER.send(a_message(receiver.url())) == DeliveryOutcome(204)
        assert (receiver.connections, proxy.connections) == (1, 0)


class Names(Resolver):
    """Every name leads to these addresses."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = [ipaddress.ip_address(address) for address in addresses]

    def resolve(self, host: str, timeout: float) -> list[IPAddress]:
        return self.addresses


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
def test_this_machine_is_not_connected_to(host: str) -> None:
    with receiving() as receiver:
        assert INWARD.send(a_message(receiver.url(host))) == DeliveryOutcome(error="address_forbidden")
        assert receiver.connections == 0


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["1.1.1.1", "127.0.0.1"], ["169.254.169.254"], ["::1"]])
def test_a_name_that_leads_inward_is_not_connected_to(addresses: list[str]) -> None:
    with receiving() as receiver:
        sender = replace(INWARD, resolver=Names(*addresses))
        assert sender.send(a_message(receiver.url("receiver.example"))) == DeliveryOutcome(error="address_forbidden")
        assert receiver.connections == 0


def test_a_name_that_does_not_exist() -> None:
    assert SENDER.send(a_message("http://" + "x" * 64 + ".example/")) == DeliveryOutcome(error="host_unknown")


def test_nobody_listens() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/"
        assert SENDER.send(a_message(url)) == DeliveryOutcome(error="connection_failed")


@contextmanager
def answering(*pieces: bytes, every: float = 0.0) -> Iterator[str]:
    """A server that sends these pieces to whoever connects, with a pause after each, and the last one for ever."""
    over = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            left = list(pieces)
            try:
                while left and not over.is_set():
                    connection.sendall(left.pop(0) if len(left) > 1 or not every else left[0])
                    over.wait(every)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            over.set()
            thread.join()


IMPATIENT = replace(SENDER, seconds=0.5)


@pytest.mark.parametrize("pieces", [[b""], [b"H"], [b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"], [b"HTTP/1.1 100 C\r\n\r\n"]])
def test_a_receiver_that_dawdles_is_left(pieces: list[bytes]) -> None:
    began = time.monotonic()
    with answering(*pieces, every=0.05) as url:
        assert IMPATIENT.send(a_message(url)).error in ("timed_out", "invalid_response")
    assert time.monotonic() - began < 2


def test_an_endless_answer_is_not_read() -> None:
    began = time.monotonic()
    with answering(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536, every=0.0001) as url:
        assert IMPATIENT.send(a_message(url)) == DeliveryOutcome(200)
    assert time.monotonic() - began < 0.4


def test_an_answer_that_breaks_off_behind_its_status_counts() -> None:
    with answering(b"HTTP/1.1 204 No Content\r\n\r\n") as url:
        assert SENDER.send(a_message(url)) == DeliveryOutcome(204)
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx") as url:
        assert SENDER.send(a_message(url)) == DeliveryOutcome(200)


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH\r\n", b"", b"HTTP/1.1 200 OK\r\n" + b"x" * 200_000])
def test_what_is_no_answer_is_told_so(answer: bytes) -> None:
    with answering(answer) as url:
        assert SENDER.send(a_message(url)).error in ("invalid_response", "connection_failed")


class Authority:
    """Certificates for names, from somebody whom `trust` trusts."""

    def __init__(self, folder: Path, name: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.now(UTC) - timedelta(days=1))
            .not_valid_after(datetime.now(UTC) + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        chain, secret = folder / "chain.pem", folder / "key.pem"
        chain.write_bytes(certificate.public_bytes(pem))
        secret.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(chain, secret)
        self.trust = ssl.create_default_context(cafile=str(chain))


def test_tls_verifies_the_name_although_the_address_is_connected_to(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "receiver.example")
    sender = replace(SENDER, resolver=Names("127.0.0.1"), trust=authority.trust)
    with receiving(tls=authority.server) as receiver:
        assert sender.send(a_message(receiver.url("receiver.example"))) == DeliveryOutcome(204)
        assert receiver.received[0].headers["host"] == f"receiver.example:{receiver.server_port}"
        assert sender.send(a_message(receiver.url("other.example"))) == DeliveryOutcome(error="tls_failed")
        stranger = replace(sender, trust=ssl.create_default_context())
        assert stranger.send(a_message(receiver.url("receiver.example"))) == DeliveryOutcome(error="tls_failed")
        assert len(receiver.received) == 1


def test_a_forbidden_port_is_not_connected_to() -> None:
    with receiving() as receiver:
        sender = replace(SENDER, address_policy=AddressPolicy(LOCAL.networks, (range(443, 444),)))
        assert sender.send(a_message(receiver.url())) == DeliveryOutcome(error="address_forbidden")
        assert receiver.connections == 0


def http_date(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def retry_after(status: int, value: str) -> timedelta | None:
    head = f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nretry-AFTER: {value}\r\n\r\n"
    with answering(head.encode("latin-1")) as url:
        outcome = SENDER.send(a_message(url))
    assert outcome.status == status
    return outcome.retry_after


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_may_ask_to_be_left_alone(status: int) -> None:
    assert retry_after(status, "120") == timedelta(seconds=120)
    assert timedelta(minutes=59) < (retry_after(status, http_date(3600)) or timedelta()) <= timedelta(hours=1)
    assert retry_after(status, "999999999") == timedelta(days=1)


@pytest.mark.parametrize("value", ["", "0", "-5", "soon", "1.5", "9" * 5000, "Mon, 01 Jan 2024 00:00:00 GMT", "²"])
def test_a_request_that_makes_no_sense_is_ignored(value: str) -> None:
    with answering(
        b"HTTP/1.1 503 X\r\nContent-Length: 0\r\nRetry-After: " + value.encode("latin-1") + b"\r\n\r\n"
    ) as url:
        assert SENDER.send(a_message(url)).retry_after is None


def test_only_a_busy_receiver_is_left_alone() -> None:
    assert retry_after(500, "120") is None
    assert retry_after(200, "120") is None


def test_a_receiver_that_drips_the_rest_of_its_answer_is_left_after_a_second() -> None:
    began = time.monotonic()
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x", every=0.05) as url:
        assert SENDER.send(a_message(url)) == DeliveryOutcome(200)
    assert 0.9 < time.monotonic() - began < 3
