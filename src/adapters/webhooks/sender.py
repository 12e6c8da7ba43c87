"""Sender of webhooks over HTTP.

httpcore, the layer below httpx, follows no redirects, uses no proxies or cookies, and accepts our own connections.
"""

import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

import httpcore

from adapters.webhooks.connection import Deadline, ForbiddenAddress, GuardedBackend, UnknownHost
from adapters.webhooks.resolver import Resolver, SystemResolver
from adapters.webhooks.signature import Secret, signed_headers
from application.ports.webhook_sender import WebhookMessage, WebhookSender
from domain.prediction import Prediction
from domain.webhooks.public_address import AddressPolicy
from domain.webhooks.webhook import WebhookUrl
from domain.webhooks.webhook_delivery import DeliveryOutcome

# The specification recommends 15 to 30 seconds. A receiver that works after answering needs a fraction.
_ATTEMPT_SECONDS = 15.0
# Maximum number of bytes that are read of an answer. After a whole answer the connection is closed without an error.
_DISCARDED_BYTES = 16_384
# Time for the rest of an answer whose status is known. A receiver that drips it would else hold its sender to the end.
_DISCARD_SECONDS = 1.0
# Longest time that a receiver may ask to be left alone: as long as the longest wait of the schedule.
_MOST_RETRY_AFTER = timedelta(days=1)

_HEADERS = {"Content-Type": "application/json", "User-Agent": "ml-prediction-system", "Connection": "close"}


@dataclass(frozen=True)
class HTTPWebhookSender(WebhookSender):
    """Sends predictions as POST requests, signed with every secret, each on its own connection.

    Args:
        render: renders the body of a prediction.
        secrets: one or more; each owner has secrets that are derived from them.
        trust: trusted certificates; by default those of the machine.
        seconds: maximum time of an attempt, from resolving the name to the answer.
    """

    render: Callable[[Prediction], bytes]
    secrets: Sequence[Secret]
    address_policy: AddressPolicy
    resolver: Resolver = field(default_factory=SystemResolver)
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    seconds: float = _ATTEMPT_SECONDS

    def send(self, message: WebhookMessage) -> DeliveryOutcome:
        body = self.render(message.prediction)
        secrets = [secret.of_owner(message.prediction.owner) for secret in self.secrets]
        headers = signed_headers(secrets, message.id, int(message.sent_at.timestamp()), body)
        try:
            return self._post(message.url, body, headers)
        except _ERRORS as error:
            return DeliveryOutcome(error=_code_of(error))

    def _post(self, url: WebhookUrl, body: bytes, headers: dict[str, str]) -> DeliveryOutcome:
        deadline = Deadline.after(self.seconds)
        backend = GuardedBackend(self.address_policy, deadline, self.resolver)
        sent = {"Host": urlsplit(url.value).netloc, **_HEADERS, **headers}
        with (
            httpcore.ConnectionPool(ssl_context=self.trust, network_backend=backend) as connections,
            connections.stream("POST", _address_of(url), headers=list(sent.items()), content=body) as response,
        ):
            outcome = DeliveryOutcome(response.status, retry_after=_retry_after(response))
            deadline.bring_forward(_DISCARD_SECONDS)
            _discard(response)
            return outcome


def _address_of(url: WebhookUrl) -> httpcore.URL:
    """URL for httpcore, built from its parts, so that httpcore does not parse it differently."""
    parts = urlsplit(url.value)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return httpcore.URL(scheme=parts.scheme, host=url.host, port=parts.port, target=target)


def _retry_after(response: httpcore.Response) -> timedelta | None:
    """Time that the receiver asks to be left alone (RFC 9110, 10.2.3), in seconds or until a date."""
    if response.status not in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        return None
    text = next((value for name, value in response.headers if name.lower() == b"retry-after"), b"").decode("latin-1")
    try:
        asked = timedelta(seconds=int(text)) if text.isdecimal() else parsedate_to_datetime(text) - datetime.now(UTC)
    except (ValueError, TypeError, OverflowError):  # TypeError: a date without a zone
        return None
    return min(asked, _MOST_RETRY_AFTER) if asked > timedelta() else None


def _discard(response: httpcore.Response) -> None:
    """Read the rest of the answer, and ignore errors: only the status counts."""
    left = _DISCARDED_BYTES
    with suppress(*_ERRORS):
        for chunk in response.iter_stream():
            left -= len(chunk)
            if left <= 0:
                return


_CODES: dict[type[Exception], str] = {
    ForbiddenAddress: "address_forbidden",
    UnknownHost: "host_unknown",
    httpcore.TimeoutException: "timed_out",
    httpcore.NetworkError: "connection_failed",
    httpcore.ProtocolError: "invalid_response",
}
_ERRORS = tuple(_CODES)


def _code_of(error: Exception) -> str:
    if any(isinstance(reason, ssl.SSLError) for reason in error.args):  # httpcore wraps it, and hides the cause
        return "tls_failed"
    return next(code for kind, code in _CODES.items() if isinstance(error, kind))
