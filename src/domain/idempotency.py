"""Idempotent submissions: the client's key and the fingerprint of the request."""

import re
from dataclasses import dataclass
from typing import ClassVar

from domain.errors import InvalidField


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """Key of one submission, chosen by the client: a request that repeats it submits nothing new.

    Args:
        value: 1 to `MAX_LENGTH` printable ASCII characters.
    """

    value: str

    HEADER: ClassVar[str] = "Idempotency-Key"
    MAX_LENGTH: ClassVar[int] = 255
    _PATTERN: ClassVar[re.Pattern[str]] = re.compile(rf"[\x20-\x7e]{{1,{MAX_LENGTH}}}")

    def __post_init__(self) -> None:
        if not self._PATTERN.fullmatch(self.value):
            message = f"The {self.HEADER} is not 1 to {self.MAX_LENGTH} printable ASCII characters."
            raise InvalidField(self.HEADER, message)


@dataclass(frozen=True, slots=True)
class Idempotency:
    """Key of a submission and the fingerprint of the request that it was used for.

    Args:
        key: unique among all predictions.
        fingerprint: `FINGERPRINT_LENGTH` hexadecimal digits, see `SubmitPredictionCommand.fingerprint`.
    """

    key: IdempotencyKey
    fingerprint: str

    FINGERPRINT_LENGTH: ClassVar[int] = 64
