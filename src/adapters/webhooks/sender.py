"""Sender of webhooks over HTTP.

httpcore, the layer below httpx, follows no redirects, uses no proxies or cookies, and accepts our own connections.
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

# The specification recommends 15 to 30 seconds. A receiver that works after answering needs a fraction.
_ATTEMPT_SECONDS = 15.0
# Maximum number of bytes that are read of an answer. After a whole answer the connection is closed without an error.
_DISCARDED_BYTES = 16_384

_HEADERS = {"Content-Type": "application/json", "User-Agent": "ml-prediction-system", "Connection": "close"}


@dataclass(frozen=True)
class HTTPWebhookSender(WebhookSender):
    """Sends predictions as POST requests, signed with every secret, each on its own connection.

    Args:
        render: renders the body of a prediction.
        secrets: one or more.
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
    """URL for httpcore, built from its parts, so that httpcore does not parse it differently."""
    parts = urlsplit(url.value)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return httpcore.URL(scheme=parts.scheme, host=url.host, port=parts.port, target=target)


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
