"""Settings of the engine and of its queue."""

from datetime import timedelta

from pydantic import Field
from pydantic_settings import BaseSettings

from application.upkeep.relay_jobs import RelayRules
from entrypoints.setting_types import usable_cores


class WorkSettings(BaseSettings):
    """Settings of the engine and of its queue."""

    concurrency: int = Field(
        default_factory=usable_cores,
        ge=1,
        le=256,
        description="Number of batches processed at once; default: number of CPU cores.",
    )
    batch_size: int = Field(
        8, ge=1, le=1024, description="Maximum number of pictures in a batch; a smaller batch does not wait for more."
    )
    max_attempts: int = Field(3, ge=1, le=100, description="Maximum number of attempts to classify a picture.")
    lease_seconds: float = Field(
        60, ge=1, le=86_400, description="Seconds after which the pictures of a silent engine are queued again."
    )
    republish_seconds: float = Field(
        60,
        ge=1,
        le=86_400,
        description="Seconds after which a job that its queue has delivered, and nobody has begun, is published again.",
    )

    @property
    def relay_rules(self) -> RelayRules:
        return RelayRules(lost_after=timedelta(seconds=self.republish_seconds))

    @property
    def slots(self) -> int:
        """Batches held by an engine: one more than are processed at once, to be ready while results are recorded."""
        return self.concurrency + 1

    @property
    def prefetch(self) -> int:
        """Number of jobs that a worker takes ahead from each queue: two batches for each slot."""
        return 2 * self.slots * self.batch_size
