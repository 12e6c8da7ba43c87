"""Create an API key."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from application.ports.database.unit_of_work import UnitOfWork
from application.ports.system import Clock
from domain.access.api_key import ApiKey
from domain.access.caller import NO_LIMITS, CallerLimits, Scope
from domain.access.key_token import KeyToken
from domain.access.owner import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateApiKeyCommand:
    """A wanted key; see `ApiKey`.

    Args:
        lifetime: from now until it expires; None for ever.
    """

    owner: Owner
    name: str = ""
    scopes: frozenset[Scope] = frozenset({Scope.SUBMIT, Scope.READ})
    lifetime: timedelta | None = None
    limits: CallerLimits = NO_LIMITS


@dataclass(frozen=True, kw_only=True)
class CreateApiKey:
    """Create an API key.

    Only the hash of its secret is kept: its text cannot be shown again.

    Args:
        random: gives so many random bytes, fit for secrets.
    """

    unit_of_work: UnitOfWork
    clock: Clock
    random: Callable[[int], bytes]

    def execute(self, command: CreateApiKeyCommand) -> tuple[ApiKey, KeyToken]:
        """Create the key, and return it with its token.

        Raises:
            InvalidField: a field is not valid.
            DatabaseUnavailable: the database cannot be reached.
        """
        now, token = self.clock.now(), KeyToken.from_random(self.random(KeyToken.RANDOM_BYTES))
        key = ApiKey(
            id=token.id,
            owner=command.owner,
            name=command.name,
            digest=token.digest,
            scopes=command.scopes,
            created_at=now,
            expires_at=None if command.lifetime is None else now + command.lifetime,
            limits=command.limits,
        )
        with self.unit_of_work.begin() as tx:
            tx.api_keys.add(key)
            tx.commit()
        return key, token
