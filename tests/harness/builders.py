"""Predictions and picture files for tests."""

import hashlib
import struct
import zlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.access.api_key import ApiKey
from domain.access.caller import Scope
from domain.access.key_token import KeyToken
from domain.access.owner import DEFAULT_OWNER, Owner
from domain.idempotency import Idempotency, IdempotencyKey
from domain.image import ImageKey
from domain.image_header import ImageFormat
from domain.prediction import Prediction

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def a_prediction(number: int = 1, **fields: Any) -> Prediction:
    """A queued prediction with uuid `number`, due at noon."""
    uuid = UUID(int=number)
    given: dict[str, Any] = {
        "uuid": uuid,
        "owner": DEFAULT_OWNER,
        "image": ImageKey.of(uuid, ImageFormat.JPEG),
        "model": "squeezenet1_0",
        "name": "dog",
        "top_k": 5,
        "created_at": NOON,
        "due_at": NOON,
    }
    return Prediction(**(given | fields))


def a_key(number: int = 1, owner: Owner = DEFAULT_OWNER, **fields: Any) -> ApiKey:
    """A key with the token `a_token(number)` that may submit and read, created at noon."""
    token = a_token(number)
    given: dict[str, Any] = {
        "id": token.id,
        "owner": owner,
        "name": "",
        "digest": token.digest,
        "scopes": frozenset({Scope.SUBMIT, Scope.READ}),
        "created_at": NOON,
    }
    return ApiKey(**(given | fields))


def a_token(number: int = 1) -> KeyToken:
    """The token of the key `a_key(number)`; keys with higher numbers have greater ids."""
    return KeyToken.from_random(bytes(32) + (number << 16).to_bytes(7, "big"))


def used_for(submission: str, key: str = "the key") -> Idempotency:
    """A key that was used for `submission`, which stands for a picture with its options."""
    return Idempotency(IdempotencyKey(key), hashlib.sha256(submission.encode()).hexdigest())


def png(width: int = 2, height: int = 1, *, end: bool = True) -> bytes:
    """A grayscale PNG file as its specification has it; the pixels are those of one row."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0" + bytes(range(min(width, 200)))))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + (chunk(b"IEND", b"") if end else b"")
