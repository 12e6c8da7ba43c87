"""The owner of predictions."""

import re
from dataclasses import dataclass
from typing import ClassVar

from domain.errors import InvalidField


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody whose predictions nobody else sees. Several API keys may stand for one owner.

    Args:
        name: chosen by the operator, 1 to `MAX_LENGTH` lower-case letters, digits, dots, hyphens and underscores.
    """

    name: str

    MAX_LENGTH: ClassVar[int] = 64
    _PATTERN: ClassVar[re.Pattern[str]] = re.compile(rf"[a-z0-9._-]{{1,{MAX_LENGTH}}}")

    def __post_init__(self) -> None:
        if not self._PATTERN.fullmatch(self.name):
            message = f"The owner is not 1 to {self.MAX_LENGTH} lower-case letters, digits, dots, hyphens, underscores."
            raise InvalidField("owner", message)

    def __str__(self) -> str:
        return self.name


# The owner of predictions that were submitted without a key, as before there were keys.
DEFAULT_OWNER = Owner("default")
