"""Standard Webhooks, against the example of the specification's own libraries."""

import base64
import hashlib
import hmac
import json
import math
import time

import pytest

from predictor_client import UnexpectedAnswer, WebhookNotVerified, verify_webhook
from tests.unit.client.script import SUCCEEDED

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PAYLOAD = json.dumps(SUCCEEDED)


def signed(payload: str = PAYLOAD, *, ago: float = 0, secret: str = SECRET) -> dict[str, str]:
    """Headers for `payload`, sent `ago` seconds ago, by the words of the specification."""
    timestamp = str(int(time.time() - ago))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"msg_1.{timestamp}.{payload}".encode(), hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"Webhook-Id": "msg_1", "webhook-timestamp": timestamp, "WEBHOOK-SIGNATURE": signature}


def test_the_example_of_the_specification() -> None:
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    with pytest.raises(UnexpectedAnswer):  # the signature is right, and what is signed is no prediction
        verify_webhook('{"test": 2432232314}', headers, SECRET, tolerance=math.inf)


@pytest.mark.parametrize("payload", [PAYLOAD, PAYLOAD.encode()], ids=["str", "bytes"])
@pytest.mark.parametrize("secret", [SECRET, SECRET.removeprefix("whsec_")], ids=["prefixed", "bare"])
def test_a_message_of_the_service(payload: str | bytes, secret: str) -> None:
    assert verify_webhook(payload, signed(), secret).prediction == "dogsled"


def test_one_of_several_signatures_is_enough() -> None:
    headers = signed()
    other = signed(secret="whsec_" + base64.b64encode(b"another").decode())
    headers["WEBHOOK-SIGNATURE"] = f"v1a,x {other['WEBHOOK-SIGNATURE']} {headers['WEBHOOK-SIGNATURE']} v2,y"
    assert verify_webhook(PAYLOAD, headers, SECRET).status == "succeeded"


@pytest.mark.parametrize("signatures", ["", "v1", "v1,", "v1,ö", "v2,{right}", "{right}", "v1,{right}x", "v1,{half}"])
def test_anything_else_is_refused(signatures: str) -> None:
    headers = signed()
    right = headers["WEBHOOK-SIGNATURE"].removeprefix("v1,")
    headers["WEBHOOK-SIGNATURE"] = signatures.format(right=right, half=right[:20])
    with pytest.raises(WebhookNotVerified, match="No signature matches"):
        verify_webhook(PAYLOAD, headers, SECRET)


def test_another_secret_another_body_and_another_id_are_refused() -> None:
    with pytest.raises(WebhookNotVerified):
        verify_webhook(PAYLOAD, signed(), "whsec_AAAA")
    with pytest.raises(WebhookNotVerified):
        verify_webhook(PAYLOAD + " ", signed(), SECRET)
    with pytest.raises(WebhookNotVerified):
        verify_webhook(PAYLOAD, signed() | {"Webhook-Id": "msg_2"}, SECRET)


@pytest.mark.parametrize("ago", [310, -310])
def test_what_is_too_far_from_now_may_be_a_replay(ago: float) -> None:
    with pytest.raises(WebhookNotVerified, match="differs too much"):
        verify_webhook(PAYLOAD, signed(ago=ago), SECRET)
    assert verify_webhook(PAYLOAD, signed(ago=ago), SECRET, tolerance=400)


@pytest.mark.parametrize("timestamp", ["", "now", "-5", "1.5", "\u0661"])
def test_a_timestamp_that_is_none_is_refused(timestamp: str) -> None:
    with pytest.raises(WebhookNotVerified, match="number"):
        verify_webhook(PAYLOAD, signed() | {"webhook-timestamp": timestamp}, SECRET)


@pytest.mark.parametrize("missing", ["Webhook-Id", "webhook-timestamp", "WEBHOOK-SIGNATURE"])
def test_a_header_that_is_missing_is_named(missing: str) -> None:
    headers = {name: value for name, value in signed().items() if name != missing}
    with pytest.raises(WebhookNotVerified, match=missing.lower()):
        verify_webhook(PAYLOAD, headers, SECRET)


def test_a_wrong_secret_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match=r"^The secret is not whsec_ followed by base64\.$"):
        verify_webhook(PAYLOAD, signed(), "whsec_not base64")


def test_a_message_that_is_no_prediction_is_unexpected() -> None:
    with pytest.raises(UnexpectedAnswer):
        verify_webhook("{}", signed("{}"), SECRET)
