"""Webhook of a prediction: URL, events and rules of acceptance."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import ClassVar
from urllib.parse import SplitResult, urlsplit

from domain.errors import ForbiddenWebhook, InvalidField, WebhooksDisabled
from domain.webhooks.public_address import AddressPolicy

# Letters, digits, hyphens, underscores and dots. An international name is written in its ASCII form (punycode).
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")
# Numbers, which resolvers read as IPv4 addresses in old spellings: 127.1, 0x7f000001, 017700000001.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class WebhookEvent(StrEnum):
    """Event of a webhook: a final state of the prediction."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class WebhookUrl:
    """URL of a webhook: absolute, http or https, without a user, 1 to `MAX_LENGTH` ASCII characters.

    `AddressPolicy` decides separately if it may be called.

    Raises:
        InvalidField: the URL is not valid.
    """

    value: str

    MAX_LENGTH: ClassVar[int] = 2048
    _CHARACTERS: ClassVar[re.Pattern[str]] = re.compile(r"[!-~]+")  # printable ASCII

    def __post_init__(self) -> None:
        if len(self.value) > self.MAX_LENGTH:
            raise InvalidField("webhook", f"The webhook has more than {self.MAX_LENGTH} characters.")
        if not self._CHARACTERS.fullmatch(self.value) or not _is_unambiguous(self.value):
            raise InvalidField("webhook", "The webhook is not an absolute http or https URL.")

    def __str__(self) -> str:
        return self.value

    @property
    def host(self) -> str:
        """Name or address of the host, in lower case, without a final dot and without brackets."""
        return (urlsplit(self.value).hostname or "").removesuffix(".")

    @property
    def port(self) -> int:
        """Port, that of the scheme where the URL has none."""
        parts = urlsplit(self.value)
        return parts.port or (443 if parts.scheme == "https" else 80)


def _is_unambiguous(url: str) -> bool:
    """True if all parsers read `url` alike; attacks use URLs that they read differently."""
    try:
        parts = urlsplit(url)
        usable_port = parts.port != 0
    except ValueError:
        return False
    usable = parts.scheme in ("http", "https") and "@" not in parts.netloc and "\\" not in url
    return usable and usable_port and _is_host(parts)


def _is_host(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    if "[" in parts.netloc:
        return "%" not in host and _parses(IPv6Address, host)
    if _NUMBER.fullmatch(host.removesuffix(".").rpartition(".")[2]):
        return _parses(IPv4Address, host)
    return _NAME.fullmatch(host) is not None


def _parses(kind: type[IPv4Address] | type[IPv6Address], host: str) -> bool:
    try:
        kind(host)
    except AddressValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Webhook:
    """Request of a client to call `url` at these `events`."""

    url: WebhookUrl
    events: frozenset[WebhookEvent] = frozenset(WebhookEvent)


@dataclass(frozen=True, slots=True)
class WebhookRules:
    """Rules for accepting webhooks.

    Args:
        enabled: False where the service has no secret: receivers could not tell unsigned webhooks from forged ones.
        address_policy: addresses and ports that webhooks may call.
    """

    enabled: bool = False
    address_policy: AddressPolicy = field(default_factory=AddressPolicy)

    def accept(self, url: str | None, events: Collection[WebhookEvent] | None) -> Webhook | None:
        """Validate the webhook that a client asks for, None if it asks for none; `events` is None for all.

        Raises:
            InvalidField: the URL is not valid, or there are events without a URL.
            WebhooksDisabled, ForbiddenWebhook
        """
        if url is None:
            if events is not None:
                raise InvalidField("webhook_events", "The field webhook_events is of no use without webhook.")
            return None
        if not self.enabled:
            raise WebhooksDisabled
        webhook = Webhook(WebhookUrl(url), frozenset(WebhookEvent if events is None else events))
        if not self.address_policy.allows_host(webhook.url.host):
            raise ForbiddenWebhook
        if not self.address_policy.allows_port(webhook.url.port):
            raise ForbiddenWebhook
        return webhook
