"""Exchange an API key for a new one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from application.ports.database.unit_of_work import UnitOfWork
from application.ports.system import Clock
from domain.access.api_key import ApiKey
from domain.access.key_token import KeyToken
from domain.errors import ApiKeyInvalid, ApiKeyNotFound


@dataclass(frozen=True, kw_only=True)
class RotateApiKey:
    """Exchange an API key for a new one of the same owner, with the same name, scopes, limits and lifetime.

    The old key stays valid for a while, so that its clients can be changed one by one.

    Args:
        random: gives so many random bytes, fit for secrets.
    """

    unit_of_work: UnitOfWork
    clock: Clock
    random: Callable[[int], bytes]

    def execute(self, key_id: str, overlap: timedelta) -> tuple[ApiKey, KeyToken]:
        """Exchange the key with this id, and return the new one with its token.

        Args:
            key_id: of the old key.
            overlap: from now until the old key expires, if it does not expire earlier.

        Raises:
            ApiKeyNotFound: there is none.
            ApiKeyInvalid: it has expired or was revoked.
        """
        token = KeyToken.from_random(self.random(KeyToken.RANDOM_BYTES))
        with self.unit_of_work.begin() as tx:
            old, now = tx.api_keys.lock(key_id), self.clock.now()
            if old is None:
                raise ApiKeyNotFound
            if not old.is_active_at(now):
                raise ApiKeyInvalid("The API key has expired or was revoked: create a new one.")
            lifetime = None if old.expires_at is None else old.expires_at - old.created_at
            new = replace(
                old,
                id=token.id,
                digest=token.digest,
                created_at=now,
                expires_at=None if lifetime is None else now + lifetime,
                last_used_at=None,
            )
            old.expire_at(now + overlap)
            tx.api_keys.save(old)
            tx.api_keys.add(new)
            tx.commit()
        return new, token
