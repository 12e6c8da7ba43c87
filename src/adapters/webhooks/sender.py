"""Webhooks over HTTP.

httpcore is the layer below httpx: it knows neither redirects nor proxies nor cookies, and lets us open its connections.
"""

import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
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

# What the specification recommends is 15 to 30 seconds. A receiver that does its work afterwards needs a fraction.
_ATTEMPT_SECONDS = 15.0
# So much of an answer is read, and forgotten: one that was read to its end lets the connection end in peace.
_DISCARDED_BYTES = 16_384

_HEADERS = {"Content-Type": "application/json", "User-Agent": "ml-prediction-system", "Connection": "close"}


@dataclass(frozen=True)
class HTTPWebhookSender(WebhookSender):
    """Posts predictions, signed with every secret, one connection each.

    Args:
        render: makes the body of the prediction.
        secrets: one or more.
        address_policy: where requests may go.
        resolver: finds the addresses of hosts.
        trust: which certificates are believed; by default those that the machine believes.
        seconds: how long an attempt may take, from the name's resolution to the answer.
    """

    render: Callable[[Prediction], bytes]
    secrets: Sequence[Secret]
    address_policy: AddressPolicy
    resolver: Resolver = field(default_factory=SystemResolver)
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    seconds: float = _ATTEMPT_SECONDS

    def send(self, message: WebhookMessage) -> DeliveryOutcome:
        body = self.render(message.prediction)
        headers = signed_headers(self.secrets, message.id, int(message.sent_at.timestamp()), body)
        try:
            return DeliveryOutcome(status=self._post(message.url, body, headers))
        except _ERRORS as error:
            return DeliveryOutcome(error=_code_of(error))

    def _post(self, url: WebhookUrl, body: bytes, headers: dict[str, str]) -> int:
        backend = GuardedBackend(self.address_policy, Deadline.after(self.seconds), self.resolver)
        sent = {"Host": urlsplit(url.value).netloc, **_HEADERS, **headers}
        with (
            httpcore.ConnectionPool(ssl_context=self.trust, network_backend=backend) as connections,
            connections.stream("POST", _address_of(url), headers=list(sent.items()), content=body) as response,
        ):
            _discard(response)
            return response.status


def _address_of(url: WebhookUrl) -> httpcore.URL:
    """Our own reading of the URL, part by part, so that nobody reads it differently."""
    parts = urlsplit(url.value)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return httpcore.URL(scheme=parts.scheme, host=url.host, port=parts.port, target=target)


def _discard(response: httpcore.Response) -> None:
    """The status is all that counts; whatever goes wrong behind it changes nothing."""
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
