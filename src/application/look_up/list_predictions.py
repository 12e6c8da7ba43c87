"""List predictions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from application.ports.database.predictions import Selection
from application.ports.database.unit_of_work import UnitOfWork
from domain.errors import InvalidField
from domain.prediction import Prediction


@dataclass(frozen=True, slots=True)
class ListPredictionsCommand:
    """Which page of which list is wanted.

    Args:
        selection: which predictions are listed.
        before: the page begins after the one with this uuid; None begins with the newest.
        limit: most predictions on a page, 1 to `MAX_LIMIT`.
    """

    selection: Selection
    before: UUID | None = None
    limit: int = 20

    DEFAULT_LIMIT: ClassVar[int] = 20
    # A page of predictions with 20 labels each is then 150 kB.
    MAX_LIMIT: ClassVar[int] = 100

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= self.MAX_LIMIT:
            raise InvalidField("limit", f"limit is not between 1 and {self.MAX_LIMIT}.")


@dataclass(frozen=True, slots=True)
class Page:
    """Some predictions, and after which one the next page begins; None when this is the last page."""

    predictions: Sequence[Prediction]
    next_before: UUID | None


@dataclass(frozen=True, kw_only=True)
class ListPredictions:
    """List predictions, the newest first.

    A page is told by the prediction it begins after, not by a number: what is submitted or deleted while somebody
    turns the pages neither repeats nor hides any other. With a filter, a prediction is listed where its state is at
    that moment.
    """

    unit_of_work: UnitOfWork

    def execute(self, command: ListPredictionsCommand) -> Page:
        """One page of the list.

        Raises:
            DatabaseUnavailable: the database cannot be reached.
        """
        with self.unit_of_work.read() as committed:
            found = committed.predictions.newest(command.selection, command.before, command.limit + 1)
        page = found[: command.limit]
        return Page(page, page[-1].uuid if len(found) > len(page) else None)
