"""Settings of retention and of the space on the disk."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings

# Days. A longer time is for ever; all dates that follow from it exist.
_Days = Annotated[float, Field(gt=0, le=36_500)]


class RetentionSettings(BaseSettings):
    """Settings of retention and of the space on the disk."""

    keep_images: _Days | None = Field(
        None,
        description="Days after which the picture of a final prediction is deleted, fractions allowed; default: never.",
    )
    keep_predictions: _Days | None = Field(
        None,
        description="Days after which a final prediction is deleted with its picture, fractions allowed; default: "
        "never.",
    )
    min_free_disk_mb: int = Field(
        256,
        ge=0,
        le=1_048_576,
        description="Megabytes (2^20 bytes) of free disk below which no new picture is accepted, in the image folder "
        "and beside a SQLite database; 0 for no limit.",
    )

    @property
    def keep_images_for(self) -> timedelta | None:
        return None if self.keep_images is None else timedelta(days=self.keep_images)

    @property
    def keep_predictions_for(self) -> timedelta | None:
        return None if self.keep_predictions is None else timedelta(days=self.keep_predictions)

    @property
    def min_free_bytes(self) -> int:
        return self.min_free_disk_mb * 2**20
