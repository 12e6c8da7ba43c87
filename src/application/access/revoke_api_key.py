"""Revoke an API key."""

from dataclasses import dataclass

from application.ports.database.unit_of_work import UnitOfWork
from application.ports.system import Clock
from domain.access.api_key import ApiKey
from domain.errors import ApiKeyNotFound


@dataclass(frozen=True, kw_only=True)
class RevokeApiKey:
    """Revoke an API key: within ten seconds every process refuses it, and ends what it is still answering to it.

    The key stays in the list. Revoking it again changes nothing.
    """

    unit_of_work: UnitOfWork
    clock: Clock

    def execute(self, key_id: str) -> ApiKey:
        """Revoke the key with this id, and return its new state.

        Raises:
            ApiKeyNotFound: there is none.
        """
        with self.unit_of_work.begin() as tx:
            key = tx.api_keys.lock(key_id)
            if key is None:
                raise ApiKeyNotFound
            key.revoke(self.clock.now())
            tx.api_keys.save(key)
            tx.commit()
        return key
