"""Find API keys by their ids."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.ports.database.unit_of_work import UnitOfWork
from domain.access.api_key import ApiKey


@dataclass(frozen=True, kw_only=True)
class FindApiKeys:
    """Find API keys by their ids, to check what clients send."""

    unit_of_work: UnitOfWork

    def execute(self, ids: Sequence[str]) -> list[ApiKey]:
        """Get the existing keys in no particular order, revoked and expired ones too; unknown ids are left out."""
        if not ids:
            return []
        with self.unit_of_work.read() as committed:
            return committed.api_keys.get_many(ids)
