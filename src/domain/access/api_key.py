"""The API key."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.access.caller import NO_LIMITS, Caller, CallerLimits, Scope
from domain.access.key_token import KeyToken
from domain.access.owner import Owner
from domain.errors import InvalidField


@dataclass(slots=True)
class ApiKey:
    """A key that stands for an owner.

    The owner is apart from the key, so that a key is exchanged for another without losing predictions.

    Args:
        id: see `KeyToken`.
        owner: whose predictions its caller sees and submits.
        name: for people, 0 to `MAX_NAME_LENGTH` characters.
        digest: of the secret, see `KeyToken`.
        scopes: requests that it allows, one at least.
        created_at: time of its creation.
        expires_at: it is refused from then on; None for never.
        revoked_at: time of its revocation; None while it is not revoked.
        last_used_at: time of a use, not more exact than a minute; None before the first.
        limits: of its caller.
    """

    id: str
    owner: Owner
    name: str
    digest: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    limits: CallerLimits = NO_LIMITS

    MAX_NAME_LENGTH: ClassVar[int] = 100

    def __post_init__(self) -> None:
        if len(self.name) > self.MAX_NAME_LENGTH:
            raise InvalidField("name", f"The name has more than {self.MAX_NAME_LENGTH} characters.")
        if not self.scopes:
            raise InvalidField("scopes", "The key has no scope.")

    def is_active_at(self, now: datetime) -> bool:
        """True unless it is revoked or has expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def matches(self, token: KeyToken) -> bool:
        """True if the token has its secret; takes the same time for each wrong one."""
        return hmac.compare_digest(self.digest, token.digest)

    @property
    def caller(self) -> Caller:
        """Caller that it stands for."""
        return Caller(self.owner, self.scopes, self.limits)

    def revoke(self, now: datetime) -> None:
        """Refuse it from now on. A key that is revoked already stays as it is."""
        self.revoked_at = self.revoked_at or now

    def expire_at(self, at: datetime) -> None:
        """Refuse it from `at` on, or earlier where it expires earlier."""
        self.expires_at = min(self.expires_at or at, at)
