"""Whom to tell, and of what."""

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
# What resolvers take for a number, and for an address in one of its old spellings: 127.1, 0x7f000001, 017700000001.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class WebhookEvent(StrEnum):
    """What a webhook can be told of: each final state."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class WebhookUrl:
    """An address that takes webhooks: absolute, http or https, without a user, in ASCII and of 1 to `MAX_LENGTH`
    characters. Whether it may be called is for a `AddressPolicy` to say.

    Raises:
        InvalidField: it is something else.
    """

    value: str

    MAX_LENGTH: ClassVar[int] = 2048
    _CHARACTERS: ClassVar[re.Pattern[str]] = re.compile(r"[!-~]+")  # printable ASCII

    def __post_init__(self) -> None:
        if len(self.value) > self.MAX_LENGTH:
            raise InvalidField("webhook", f"The webhook has more than {self.MAX_LENGTH} characters.")
        if not self._CHARACTERS.fullmatch(self.value) or not _is_plain(self.value):
            raise InvalidField("webhook", "The webhook is not an absolute http or https URL.")

    def __str__(self) -> str:
        return self.value

    @property
    def host(self) -> str:
        """The name or the address of its host, in lower case, without a dot at its end or brackets around it."""
        return (urlsplit(self.value).hostname or "").removesuffix(".")


def _is_plain(url: str) -> bool:
    """Whether every parser reads `url` alike: the differences between them are what a forger lives on."""
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
    """Tell `url` of these `events`."""

    url: WebhookUrl
    events: frozenset[WebhookEvent] = frozenset(WebhookEvent)


@dataclass(frozen=True, slots=True)
class WebhookRules:
    """What webhooks the service takes.

    Args:
        enabled: whether it takes any. Without a secret it could not sign them, and nobody could tell them from forged
            ones.
        address_policy: where they may go.
    """

    enabled: bool = False
    address_policy: AddressPolicy = field(default_factory=AddressPolicy)

    def accept(self, url: str | None, events: Collection[WebhookEvent] | None) -> Webhook | None:
        """The webhook that a client asks for; None where it asks for none.

        Args:
            events: of what to tell; None for everything.

        Raises:
            InvalidField: the URL is none, or there are events without it.
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
        return webhook
