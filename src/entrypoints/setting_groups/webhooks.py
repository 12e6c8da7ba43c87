"""Settings of webhooks."""

from ipaddress import ip_network
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings

from adapters.webhooks.signature import Secret
from domain.webhooks.public_address import AddressPolicy
from domain.webhooks.webhook_delivery import RetrySchedule
from entrypoints.setting_types import each, seconds, words


class WebhookSettings(BaseSettings):
    """Settings of webhooks."""

    webhook_secrets: Annotated[str, each(Secret.parse, "keys: whsec_ and base64 of 24 to 64 bytes")] = Field(
        "",
        repr=False,
        description="Secrets for signing webhooks, `whsec_...`, separated by spaces; webhooks are off without one; "
        "default: none.",
    )
    webhook_networks: Annotated[str, each(ip_network, "networks such as 10.0.0.0/8")] = Field(
        "",
        description="Networks outside the public internet that webhooks may call, such as `10.0.0.0/8`, separated by "
        "spaces; default: none.",
    )
    webhook_retry_seconds: Annotated[str, each(seconds, "numbers of seconds")] = Field(
        " ".join(f"{wait.total_seconds():.0f}" for wait in RetrySchedule().waits),
        description="Seconds to wait after each failed attempt to deliver a webhook, separated by spaces.",
    )

    @property
    def webhook_keys(self) -> tuple[Secret, ...]:
        """Keys that sign webhooks."""
        return tuple(Secret.parse(word) for word in words(self.webhook_secrets))

    @property
    def sends_webhooks(self) -> bool:
        """True if there is a key to sign webhooks with."""
        return bool(self.webhook_keys)

    @property
    def webhook_address_policy(self) -> AddressPolicy:
        """Rules for the addresses that webhooks may call."""
        return AddressPolicy(tuple(ip_network(word) for word in words(self.webhook_networks)))

    @property
    def webhook_schedule(self) -> RetrySchedule:
        return RetrySchedule(tuple(seconds(word) for word in words(self.webhook_retry_seconds)))
