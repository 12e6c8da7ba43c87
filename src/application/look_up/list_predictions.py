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
    """Request for one page of a list.

    Args:
        selection: filter of the list.
        before: uuid of the prediction after which the page begins; None begins with the newest prediction.
        limit: maximum number of predictions on the page, 1 to `MAX_LIMIT`.
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
    """One page of a list.

    Args:
        predictions: of this page, the newest first.
        next_before: uuid of the prediction after which the next page begins; None on the last page.
    """

    predictions: Sequence[Prediction]
    next_before: UUID | None


@dataclass(frozen=True, kw_only=True)
class ListPredictions:
    """List predictions, the newest first.

    A page is identified by the prediction after which it begins, not by a number: predictions that are submitted or
    deleted between two requests neither repeat nor hide others. A filter applies to the state of each prediction at
    the moment of the request.
    """

    unit_of_work: UnitOfWork

    def execute(self, command: ListPredictionsCommand) -> Page:
        """Get one page of the list."""
        with self.unit_of_work.read() as committed:
            found = committed.predictions.newest(command.selection, command.before, command.limit + 1)
        page = found[: command.limit]
        return Page(page, page[-1].uuid if len(found) > len(page) else None)
