"""Accept several pictures at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from application.accept.command import SubmitPredictionCommand
from application.accept.pipeline import AcceptancePipeline
from domain.errors import InvalidField
from domain.prediction import Prediction


@dataclass(frozen=True, kw_only=True)
class SubmitPredictions:
    """Submit several pictures for classification, all or nothing.

    Each is checked as if it came alone. If one is refused, all are, and nothing of any of them stays. Otherwise
    the pictures are made durable, then all predictions in one transaction, and only then are the uuids given out, in
    the order of the pictures. From there on the predictions are independent of each other.
    """

    # With pictures of 128 kB, a usual size, such a request is as large as one of four pictures of a megabyte.
    MAX_PICTURES: ClassVar[int] = 32

    pipeline: AcceptancePipeline

    def execute(self, commands: Sequence[SubmitPredictionCommand]) -> list[Prediction]:
        """Accept the pictures.

        Raises:
            InvalidField: there is none, or more than `MAX_PICTURES`.
            PicturesRefused: a picture or a field of one is refused.
            ImageStoreUnavailable, DatabaseUnavailable: they could not be made durable.
        """
        if not 1 <= len(commands) <= self.MAX_PICTURES:
            raise InvalidField("images", f"images does not hold 1 to {self.MAX_PICTURES} entries.")
        return self.pipeline.accept_all(commands)
