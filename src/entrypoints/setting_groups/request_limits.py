"""Limits of a request."""

from pydantic import Field
from pydantic_settings import BaseSettings

from domain.image_limits import ImageLimits


class RequestLimitSettings(BaseSettings):
    """Limits of a request."""

    max_image_bytes: int = Field(1_048_576, ge=1, le=67_108_864, description="Maximum size of an image file, in bytes.")
    max_image_pixels: int = Field(40_000_000, ge=1, le=200_000_000, description="Maximum number of pixels of an image.")
    decoding_memory_mb: int = Field(
        320,
        ge=16,
        le=65_536,
        description="Memory for decoding images, all together, in MB; an image that takes more alone is refused.",
    )
    receive_timeout_seconds: float = Field(
        30, gt=0, le=3600, description="Maximum seconds for a client to send a request body."
    )
    max_wait_seconds: float = Field(60, ge=0, le=3600, description="Maximum seconds that a request waits for a result.")

    @property
    def limits(self) -> ImageLimits:
        return ImageLimits(self.max_image_bytes, self.max_image_pixels, self.decoding_memory_mb << 20)
