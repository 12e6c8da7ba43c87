"""Get the picture of a prediction."""

from dataclasses import dataclass
from uuid import UUID

from application.ports.database.unit_of_work import UnitOfWork
from application.ports.image_store import ImageMissing, ImageStore
from domain.access.owner import Owner
from domain.prediction import Prediction


@dataclass(frozen=True, kw_only=True)
class GetImage:
    """Get the picture of a prediction, byte by byte as it was submitted.

    Its media type was detected from its first bytes when it was accepted, whatever type the client declared.
    """

    unit_of_work: UnitOfWork
    image_store: ImageStore

    def execute(self, owner: Owner, uuid: UUID) -> tuple[Prediction, bytes]:
        """Get the prediction and its encoded picture.

        Raises:
            PredictionNotFound: the owner has no prediction with this uuid.
            ImageMissing: the picture is no longer in the image store.
        """
        with self.unit_of_work.read() as committed:
            prediction = committed.predictions.get(owner, uuid)
        if not prediction.image_state.is_kept:
            raise ImageMissing
        return prediction, self.image_store.get(prediction.image)
