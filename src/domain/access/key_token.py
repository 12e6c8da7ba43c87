"""The text of an API key: `mlp_<id>_<secret><checksum>`."""

import base64
import re
import zlib
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Self

# 50 bits of an id in base32, 256 bits of a secret in base64url, a CRC-32 in base64url.
_PATTERN = re.compile(r"(mlp_([a-z2-7]{10})_([A-Za-z0-9_-]{43}))([A-Za-z0-9_-]{6})", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeyToken:
    """The text that a client sends. The prefix is for secret scanners, the checksum against typing errors.

    Args:
        id: names the key; no secret.
        secret: proves it.
    """

    id: str
    secret: str

    ID_LENGTH: ClassVar[int] = 10
    DIGEST_LENGTH: ClassVar[int] = 64
    RANDOM_BYTES: ClassVar[int] = 39

    @classmethod
    def from_random(cls, random: bytes) -> Self:
        """Make a token of `RANDOM_BYTES` random bytes."""
        identity = base64.b32encode(random[32 : cls.RANDOM_BYTES]).decode().lower()[: cls.ID_LENGTH]
        return cls(identity, base64.urlsafe_b64encode(random[:32]).rstrip(b"=").decode())

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Parse the text of a token; None if it is none, or has a typing error."""
        found = _PATTERN.fullmatch(text)
        if not found or _checksum(found[1]) != found[4]:
            return None
        return cls(found[2], found[3])

    @property
    def text(self) -> str:
        """The text; a secret, shown once and never kept."""
        body = f"mlp_{self.id}_{self.secret}"
        return body + _checksum(body)

    @property
    def digest(self) -> str:
        """SHA-256 of the secret, `DIGEST_LENGTH` hexadecimal digits. The secret is random, so that it needs no salt."""
        return sha256(self.secret.encode()).hexdigest()

    def __repr__(self) -> str:
        return f"KeyToken({self.id!r})"


def _checksum(body: str) -> str:
    return base64.urlsafe_b64encode(zlib.crc32(body.encode()).to_bytes(4, "big")).rstrip(b"=").decode()
