"""What makes a submission the same one as another."""

import re
from dataclasses import dataclass
from typing import ClassVar

from domain.errors import InvalidField


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A name that a client gives to one submission, so that sending it again does not submit it again.

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
    """A client's key, and what it was used for.

    Args:
        key: at most one prediction has it.
        fingerprint: of the submission, as `SubmitPredictionCommand.fingerprint` makes it: 64 hexadecimal digits.
    """

    key: IdempotencyKey
    fingerprint: str

    FINGERPRINT_LENGTH: ClassVar[int] = 64
