"""Record the version of the served model."""

from dataclasses import dataclass

from application.ports.database.result_cache import ResultCache
from application.ports.retry import Retry


@dataclass(frozen=True, kw_only=True)
class RecordModelVersion:
    """Record the version of its model that an engine serves, before the engine takes its first job.

    From then on, results of other versions are not reused for new pictures. While engines of two versions run, as
    during an update, the version of the engine that started last counts.
    """

    model: str
    version: str
    results: ResultCache
    retry: Retry

    def execute(self) -> None:
        """Record it, waiting until the database is available."""
        self.retry.until_available(lambda: self.results.serve(self.model, self.version))
