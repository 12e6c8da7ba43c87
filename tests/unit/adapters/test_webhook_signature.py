"""Signatures, verified by the official library."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from standardwebhooks import Webhook, WebhookVerificationError

from adapters.webhooks.signature import Secret, signed_headers
from domain.access.owner import DEFAULT_OWNER, Owner

OLD, NEW, OTHER = ("whsec_" + base64.b64encode(bytes([n]) * 32).decode() for n in range(3))
BODY = '{"name": "Schlittenhund 🐕"}'.encode()


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def test_the_official_library_verifies_our_signature() -> None:
    headers = signed_headers([Secret.parse(NEW)], "msg_1", now(), BODY)
    assert Webhook(NEW).verify(BODY, headers) == {"name": "Schlittenhund 🐕"}


def test_the_signature_is_the_library_s() -> None:
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    headers = signed_headers([Secret.parse(NEW)], "msg_1", int(at.timestamp()), BODY)
    assert headers["webhook-signature"] == Webhook(NEW).sign("msg_1", at, BODY.decode())


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_during_a_rotation_either_secret_verifies(secret: str) -> None:
    headers = signed_headers([Secret.parse(NEW), Secret.parse(OLD)], "msg_1", now(), BODY)
    assert Webhook(secret).verify(BODY, headers)


@pytest.mark.parametrize(
    ("body", "message", "seconds"),
    [(BODY + b" ", "msg_1", 0), (BODY, "msg_2", 0), (BODY, "msg_1", 1), (BODY, "msg_1", -6 * 60)],
)
def test_nothing_of_it_can_be_changed(body: bytes, message: str, seconds: int) -> None:
    at = now()
    headers = signed_headers([Secret.parse(NEW)], "msg_1", at, BODY)
    changed = {"webhook-id": message, "webhook-timestamp": str(at + seconds)}
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(body, headers | changed)


def test_a_stranger_s_secret_does_not_verify() -> None:
    headers = signed_headers([Secret.parse(NEW), Secret.parse(OLD)], "msg_1", now(), BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(BODY, headers)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        "swordfish",
        base64.b64encode(bytes(32)).decode(),
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
        "whsec_" + base64.b64encode(bytes(32)).decode() + "!",
        "whsec_swordfishswordfishswordfish swordfish",
    ],
)
def test_what_is_no_secret_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="whsec_") as refused:
        Secret.parse(text)
    assert "swordfish" not in str(refused.value)


@pytest.mark.parametrize("size", [24, 64])
def test_the_sizes_of_the_specification_are_taken(size: int) -> None:
    assert len(Secret.parse("whsec_" + base64.b64encode(bytes(size)).decode()).key) == size


def test_a_secret_is_not_printed() -> None:
    assert "\\x01" not in repr(Secret.parse(NEW))


def test_the_default_owner_s_secret_is_the_service_s_own() -> None:
    assert Secret.parse(NEW).of_owner(DEFAULT_OWNER) == Secret.parse(NEW)
    assert Secret.parse(NEW).text() == NEW


def test_every_owner_has_a_secret_of_their_own() -> None:
    owners = (DEFAULT_OWNER, *map(Owner, ("a", "b", "ab", "default.")))
    secrets = {Secret.parse(master).of_owner(owner).text() for master in (OLD, NEW) for owner in owners}
    assert len(secrets) == 10
    assert Secret.parse(NEW).of_owner(Owner("a")) == Secret.parse(NEW).of_owner(Owner("a"))


def test_an_owner_s_secret_never_changes() -> None:
    """HKDF-Expand with SHA-256, worked out apart: receivers keep these secrets."""
    hkdf = HKDFExpand(SHA256(), 32, b"ml-prediction-system webhooks of client-7")
    assert Secret.parse(NEW).of_owner(Owner("client-7")) == Secret(hkdf.derive(bytes([1]) * 32))


def test_the_owner_s_text_verifies_what_is_signed_for_the_owner() -> None:
    secret = Secret.parse(NEW).of_owner(Owner("client"))
    headers = signed_headers([secret], "msg_1", now(), BODY)
    assert Webhook(secret.text()).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(BODY, headers)


def test_a_secret_is_not_shown_by_chance() -> None:
    assert NEW not in f"{Secret.parse(NEW)} {Secret.parse(NEW)!r}"
