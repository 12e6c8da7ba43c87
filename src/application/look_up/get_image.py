"""Look a picture up."""

from dataclasses import dataclass
from uuid import UUID

from application.ports.database.unit_of_work import UnitOfWork
from application.ports.image_store import ImageStore
from domain.prediction import Prediction


@dataclass(frozen=True, kw_only=True)
class GetImage:
    """Get the picture of a prediction, byte by byte as it was submitted.

    Its media type is the one that its first bytes told when it was accepted, whatever the client called it.
    """

    unit_of_work: UnitOfWork
    image_store: ImageStore

    def execute(self, uuid: UUID) -> tuple[Prediction, bytes]:
        """The prediction and the encoded file.

        Raises:
            PredictionNotFound: there is none with this uuid.
            ImageMissing: its picture is gone.
            DatabaseUnavailable, ImageStoreUnavailable: one of them cannot be reached.
        """
        with self.unit_of_work.read() as committed:
            prediction = committed.predictions.get(uuid)
        return prediction, self.image_store.get(prediction.image)
