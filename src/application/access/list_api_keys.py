"""List API keys."""

from dataclasses import dataclass

from application.ports.database.unit_of_work import UnitOfWork
from domain.access.api_key import ApiKey
from domain.access.owner import Owner


@dataclass(frozen=True, kw_only=True)
class ListApiKeys:
    """List the API keys of one owner or of all, the oldest first."""

    unit_of_work: UnitOfWork

    def execute(self, owner: Owner | None) -> list[ApiKey]:
        """List the keys; None lists those of all owners."""
        with self.unit_of_work.read() as committed:
            return committed.api_keys.of(owner)
