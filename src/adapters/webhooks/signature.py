"""Signatures by the Standard Webhooks specification, version 1.0.0: https://www.standardwebhooks.com."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """Secret that sender and receiver share, `MIN_BYTES` to `MAX_BYTES` bytes, as the specification demands."""

    key: bytes

    PREFIX: ClassVar[str] = "whsec_"
    MIN_BYTES: ClassVar[int] = 24
    MAX_BYTES: ClassVar[int] = 64

    @classmethod
    def parse(cls, text: str) -> "Secret":
        """Parse a secret in the form ``whsec_`` + base64.

        Raises:
            ValueError: the secret is not valid; the message does not repeat it.
        """
        try:
            key = base64.b64decode(text.removeprefix(cls.PREFIX), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not text.startswith(cls.PREFIX) or not cls.MIN_BYTES <= len(key) <= cls.MAX_BYTES:
            raise ValueError(f"a secret is {cls.PREFIX} and the base64 of {cls.MIN_BYTES} to {cls.MAX_BYTES} bytes")
        return cls(key)

    def sign(self, message_id: str, timestamp: int, body: bytes) -> str:
        """Signature of a message, with the version of the scheme."""
        content = f"{message_id}.{timestamp}.".encode() + body
        return "v1," + base64.b64encode(hmac.digest(self.key, content, hashlib.sha256)).decode()


def signed_headers(secrets: Sequence[Secret], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Headers with id, time and one signature by each secret, so that receivers can change to the next at any time."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(secret.sign(message_id, timestamp, body) for secret in secrets),
    }
