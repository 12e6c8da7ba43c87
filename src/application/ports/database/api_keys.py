"""The API keys in the database."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from domain.access.api_key import ApiKey
from domain.access.owner import Owner


class ApiKeys(Protocol):
    """The keys within one transaction. No other transaction changes a locked one until this one ends.

    Every method raises `DatabaseUnavailable` where the database cannot be reached.
    """

    @abstractmethod
    def add(self, key: ApiKey) -> None:
        """Insert a new key."""

    @abstractmethod
    def lock(self, key_id: str) -> ApiKey | None:
        """Lock the key with this id; None where there is none."""

    @abstractmethod
    def save(self, key: ApiKey) -> None:
        """Save the new state of a key that this transaction has locked; its last use stays as it is."""

    @abstractmethod
    def note_uses(self, uses: Mapping[str, datetime]) -> None:
        """Note the time of the last use of keys, by their ids. An earlier time than the noted one changes nothing.

        An empty mapping sends nothing to the database.
        """


class ApiKeyReader(Protocol):
    """The keys for reading: the last committed state, without locks.

    Every method raises `DatabaseUnavailable` where the database cannot be reached.
    """

    @abstractmethod
    def get_many(self, ids: Sequence[str]) -> list[ApiKey]:
        """Get the keys with these ids, each once, in no particular order; unknown ones are left out.

        An empty sequence sends nothing to the database.
        """

    @abstractmethod
    def of(self, owner: Owner | None) -> list[ApiKey]:
        """List the keys of an owner, or of all owners for None, the oldest first, those of one moment by their ids."""
