"""Webhooks by the Standard Webhooks specification, https://www.standardwebhooks.com."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping

from predictor_client.errors import UnexpectedAnswer, WebhookNotVerified
from predictor_client.results import Prediction

_SECRET_PREFIX = "whsec_"  # noqa: S105 - how every secret begins, not one
_SCHEME = "v1"
# Five minutes, the tolerance of the specification's own libraries.
TOLERANCE_SECONDS = 300.0


def verify_webhook(
    payload: bytes | str, headers: Mapping[str, str], secret: str, *, tolerance: float = TOLERANCE_SECONDS
) -> Prediction:
    """The prediction that a webhook brings, once it is certain that the service sent it, and now.

    The same message may come more than once: `webhook-id` is the same then.

    Args:
        payload: the body as it came, not parsed and written again.
        headers: the headers of the request, their names in whatever case.
        secret: the webhook's secret, `whsec_...`.
        tolerance: how many seconds its clock and ours may differ; what is older may be a replay.

    Raises:
        WebhookNotVerified: a header is missing or malformed, no signature fits, or its time is over.
        UnexpectedAnswer: it is from the service, but no prediction.
        ValueError: the secret is not one.
    """
    body = payload.encode() if isinstance(payload, str) else payload
    message_id, timestamp, signatures = _headers(headers)
    _check_time(timestamp, tolerance)
    expected = _signature(_key(secret), f"{message_id}.{timestamp}.".encode() + body)
    if not _contains(signatures, expected):
        raise WebhookNotVerified("No signature fits.")
    try:
        return Prediction.from_json(json.loads(body))
    except (KeyError, TypeError, ValueError) as error:
        raise UnexpectedAnswer("The message is no prediction.") from error


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
        raise WebhookNotVerified("The timestamp is too far from now.")


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("A secret is whsec_ and base64.") from None


def _signature(key: bytes, content: bytes) -> bytes:
    return base64.b64encode(hmac.digest(key, content, hashlib.sha256))


def _contains(signatures: str, expected: bytes) -> bool:
    """Whether one of the signatures is it: there are several while a secret is being replaced. Each is compared in
    constant time, so that the answer's delay does not tell how much of a forged one is right."""
    schemes = (entry.partition(",") for entry in signatures.split())
    candidates = [value.encode() for scheme, _, value in schemes if scheme == _SCHEME]
    return any(hmac.compare_digest(candidate, expected) for candidate in candidates)
