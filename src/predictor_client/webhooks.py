"""Verification of webhooks by the Standard Webhooks specification, https://www.standardwebhooks.com."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping

from predictor_client.errors import UnexpectedAnswer, WebhookNotVerified
from predictor_client.results import Prediction

_SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix of every secret, not a secret
_SCHEME = "v1"
# Five minutes, as in the reference libraries of the specification.
TOLERANCE_SECONDS = 300.0


def verify_webhook(
    payload: bytes | str, headers: Mapping[str, str], secret: str, *, tolerance: float = TOLERANCE_SECONDS
) -> Prediction:
    """Verify the signature and the time of a webhook, and return its prediction.

    A message may be delivered more than once, always with the same `webhook-id` header.

    Args:
        payload: the request body as it was received, not parsed and serialised again.
        headers: the request headers; their names in any case.
        secret: the webhook's secret, `whsec_...`.
        tolerance: maximum difference between the message's time and now, in seconds. It limits replay attacks.

    Raises:
        WebhookNotVerified: a header is missing or malformed, no signature matches, or the message is too old.
        UnexpectedAnswer: the signature matches, but the body is not a prediction.
        ValueError: the secret is malformed.
    """
    body = payload.encode() if isinstance(payload, str) else payload
    message_id, timestamp, signatures = _headers(headers)
    _check_time(timestamp, tolerance)
    content = f"{message_id}.{timestamp}.".encode() + body
    expected = base64.b64encode(hmac.digest(_key(secret), content, hashlib.sha256))
    if not _contains(signatures, expected):
        raise WebhookNotVerified("No signature matches.")
    try:
        return Prediction.from_json(json.loads(body))
    except (KeyError, TypeError, ValueError) as error:
        raise UnexpectedAnswer("The message is not a prediction.") from error


def _headers(headers: Mapping[str, str]) -> tuple[str, str, str]:
    found = {name.lower(): value for name, value in headers.items()}
    try:
        return found["webhook-id"], found["webhook-timestamp"], found["webhook-signature"]
    except KeyError as error:
        raise WebhookNotVerified(f"The header {error} is missing.") from None


def _check_time(timestamp: str, tolerance: float) -> None:
    if not (timestamp.isascii() and timestamp.isdecimal()):
        raise WebhookNotVerified("The timestamp is not a number of seconds.")
    if abs(time.time() - int(timestamp)) > tolerance:
        raise WebhookNotVerified("The timestamp differs too much from the current time.")


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("The secret is not whsec_ followed by base64.") from None


def _contains(signatures: str, expected: bytes) -> bool:
    """True if one of the signatures is the expected one. There are several while a secret is being replaced.

    Each comparison takes constant time, so that its duration does not reveal how much of a forged signature is right.
    """
    schemes = (entry.partition(",") for entry in signatures.split())
    candidates = [value.encode() for scheme, _, value in schemes if scheme == _SCHEME]
    return any(hmac.compare_digest(candidate, expected) for candidate in candidates)
