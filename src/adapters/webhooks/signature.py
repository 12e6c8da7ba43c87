"""Signatures by the Standard Webhooks specification, version 1.0.0: https://www.standardwebhooks.com."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from domain.access.owner import DEFAULT_OWNER, Owner

# Keeps what is derived here apart from whatever else may be derived from the same secret.
_OWNER_INFO = b"ml-prediction-system webhooks of "


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

    def text(self) -> str:
        """Secret in the form that `parse` takes, for its owner; never for a log."""
        return self.PREFIX + base64.b64encode(self.key).decode()

    def of_owner(self, owner: Owner) -> "Secret":
        """Secret of `owner`, derived from this one; that of the default owner is this one.

        No owner can work out another's or this one from it. It is HKDF-Expand (RFC 5869) for one block of SHA-256.
        """
        if owner == DEFAULT_OWNER:
            return self
        return Secret(hmac.digest(self.key, _OWNER_INFO + owner.name.encode() + b"\x01", hashlib.sha256))


def signed_headers(secrets: Sequence[Secret], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Headers with id, time and one signature by each secret, so that receivers can change to the next at any time."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(secret.sign(message_id, timestamp, body) for secret in secrets),
    }
