"""Settings of webhooks."""

from ipaddress import ip_network
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings

from adapters.webhooks.signature import Secret
from domain.webhooks.lane import LaneRules
from domain.webhooks.public_address import AddressPolicy
from domain.webhooks.webhook_delivery import RetrySchedule
from entrypoints.setting_types import each, ports, seconds, words


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
    webhook_ports: Annotated[str, each(ports, "ports such as 443 or 1024-65535")] = Field(
        "80 443 1024-65535", description="Ports that webhooks may call, separated by spaces."
    )
    webhook_retry_seconds: Annotated[str, each(seconds, "numbers of seconds")] = Field(
        " ".join(f"{wait.total_seconds():.0f}" for wait in RetrySchedule().waits),
        description="Seconds to wait after each failed attempt to deliver a webhook, separated by spaces.",
    )
    # A sender that waits for a receiver is a thread of 50 kB. Three quarters of 64 are enough for two dozen receivers
    # that hang, with two senders each.
    webhook_senders: int = Field(
        64, ge=2, le=256, description="Webhooks that a process sends at once, to all receivers together."
    )
    webhook_senders_per_host: int = Field(
        4, ge=1, le=64, description="Webhooks that a process sends at once to one host."
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
    def active_webhook_senders(self) -> int:
        """Number of senders; 0 if webhooks are off."""
        return self.webhook_senders if self.sends_webhooks else 0

    @property
    def webhook_lane_rules(self) -> LaneRules:
        return LaneRules(at_once=self.webhook_senders_per_host)

    @property
    def webhook_address_policy(self) -> AddressPolicy:
        """Rules for the addresses and ports that webhooks may call."""
        networks = tuple(ip_network(word) for word in words(self.webhook_networks))
        return AddressPolicy(networks, tuple(ports(word) for word in words(self.webhook_ports)))

    @property
    def webhook_schedule(self) -> RetrySchedule:
        return RetrySchedule(tuple(seconds(word) for word in words(self.webhook_retry_seconds)))
