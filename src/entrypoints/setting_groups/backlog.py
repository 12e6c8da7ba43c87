"""Settings of the rates and of the pictures that wait."""

from datetime import timedelta

from pydantic import Field
from pydantic_settings import BaseSettings

from application.admission.backlog import BacklogLimits
from domain.access.rate import RateLimit


class BacklogSettings(BaseSettings):
    """How fast owners may submit, and how many pictures may wait."""

    rate_per_minute: int | None = Field(
        None, ge=1, le=10_000_000, description="Pictures that an owner may submit a minute; default: no limit."
    )
    rate_burst: int | None = Field(
        None,
        ge=1,
        le=10_000_000,
        description="Pictures that an owner may submit at once after a pause; default: those of a minute.",
    )
    max_queued: int = Field(100_000, ge=1, le=100_000_000, description="Maximum number of pictures that wait.")
    max_queued_per_owner: int | None = Field(
        None,
        ge=1,
        le=100_000_000,
        description="Maximum number of pictures of one owner that wait; default: half of them all where requests need "
        "a key, else all.",
    )
    max_queued_mb: int = Field(
        10_000,
        ge=1,
        le=100_000_000,
        description="Maximum size of the pictures that wait, in MB, by the average of those that came last.",
    )
    max_queue_seconds: float = Field(
        3600,
        ge=1,
        le=31_536_000,
        description="Longest time in seconds that a new picture should have to wait, by the rate at which pictures are "
        "done; beyond it no more are accepted. A few seconds keep a service quick whatever is sent.",
    )

    @property
    def rate_limit(self) -> RateLimit | None:
        """Rate of an owner whose key has none of its own."""
        if self.rate_per_minute is None:
            return None
        return RateLimit(self.rate_per_minute, self.rate_burst or self.rate_per_minute)

    def backlog_limits(self, *, needs_keys: bool) -> BacklogLimits:
        """Limits of the pictures that wait.

        Args:
            needs_keys: True if there may be several owners.
        """
        share = self.max_queued // 2 if needs_keys else self.max_queued
        return BacklogLimits(
            pictures=self.max_queued,
            pictures_of_owner=self.max_queued_per_owner or max(1, share),
            size=self.max_queued_mb * 1_000_000,
            wait=timedelta(seconds=self.max_queue_seconds),
        )
