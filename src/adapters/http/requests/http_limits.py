"""Limits of a request: body size, time to receive it, time to wait."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from domain.image_limits import ImageLimits


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Limits of a request.

    Args:
        max_image_bytes: maximum size of the encoded picture; also the limit of an ``image/*`` body.
        receive_timeout: maximum time to receive a body. A picture of 1 MB in the default
            30 s needs 47 kB/s as base64, which any telephone has.
        max_wait: maximum time that an answer is delayed for a client that waits. Many proxies give up after a
            minute.
        max_body_memory: bytes that the bodies of all requests may hold together. In the default there are a thousand
            photographs.
    """

    max_image_bytes: int = ImageLimits().max_bytes
    receive_timeout: timedelta = timedelta(seconds=30)
    max_wait: timedelta = timedelta(seconds=60)
    max_body_memory: int = 134_217_728

    # Room for everything but the picture: 255 characters of name as \uXXXX pairs are 3 kB, the rest is less.
    JSON_ALLOWANCE: ClassVar[int] = 16_384
    # Pictures of the largest size in one body; of smaller ones more fit. The body, its text and its pictures are in
    # memory together: with the default about 33 MB a request.
    LARGEST_IN_A_BATCH: ClassVar[int] = 8

    @property
    def max_json_bytes(self) -> int:
        """Maximum size of a JSON body: enough for a picture of `max_image_bytes` in base64.

        base64 makes 4 bytes of 3. The densest wrapping in use is PEM's, 64 characters a line, and the
        longest line break is an escaped CRLF, four bytes: one sixteenth on top.
        """
        base64 = (self.max_image_bytes + 2) // 3 * 4
        return base64 + base64 // 16 + self.JSON_ALLOWANCE

    @property
    def max_batch_bytes(self) -> int:
        """Maximum size of a JSON body with several pictures."""
        return self.LARGEST_IN_A_BATCH * self.max_json_bytes

    @property
    def max_bytes_of_bodies(self) -> int:
        """Bytes that the bodies of all requests may hold together; two of the largest fit in any case."""
        return max(self.max_body_memory, 2 * self.max_batch_bytes)
