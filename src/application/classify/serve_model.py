"""Say which version of the model is served."""

from dataclasses import dataclass

from application.ports.database.result_cache import ResultCache
from application.ports.retry import Retry


@dataclass(frozen=True, kw_only=True)
class ServeModel:
    """Say which version of its model an engine serves, before it takes up its first picture.

    Results of another version are then no longer given for new pictures. While engines of two versions run, as during
    an update, it is the one that started last that counts.
    """

    model: str
    version: str
    results: ResultCache
    retry: Retry

    def execute(self) -> None:
        """Say it, however long the database is away.

        Raises:
            Unavailable: the database is away, and there is no more time to wait.
        """
        self.retry.until_available(lambda: self.results.serve(self.model, self.version))
