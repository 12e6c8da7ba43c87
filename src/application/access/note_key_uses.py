"""Note the last use of API keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from application.ports.database.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class NoteKeyUses:
    """Note the time of the last use of API keys, so that an operator sees which are still needed."""

    unit_of_work: UnitOfWork

    def execute(self, uses: Mapping[str, datetime]) -> None:
        """Note the times by the ids of the keys, all in one transaction.

        Raises:
            DatabaseUnavailable: the database cannot be reached; none was noted.
        """
        if not uses:
            return
        with self.unit_of_work.begin() as tx:
            tx.api_keys.note_uses(uses)
            tx.commit()
