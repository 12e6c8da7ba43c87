"""Accept a picture."""

from contextlib import suppress
from dataclasses import dataclass

from application.ports.image_store import ImageStore
from application.ports.intake import Intake
from application.ports.job_queue import JobPublisher
from application.ports.system import Clock, Ids
from application.ports.unit_of_work import CommitUncertain, UnitOfWork
from domain.classification import Classification
from domain.errors import ImageStoreUnavailable, UnknownModel
from domain.image import ImageKey, ImageLimits
from domain.image_header import ImageFormat
from domain.prediction import Prediction


@dataclass(frozen=True, slots=True)
class SubmitPredictionCommand:
    """A picture and what the client wants of it.

    Args:
        image: the encoded file.
        name: what the client calls it.
        model: the model's name; None for the one that the service serves.
        top_k: how many labels are wanted.
    """

    image: bytes
    name: str = ""
    model: str | None = None
    top_k: int = Classification.DEFAULT_TOP_K


@dataclass(frozen=True, slots=True)
class SubmissionRules:
    """What the service accepts: pictures within `limits`, for the model named `model`."""

    model: str
    limits: ImageLimits


@dataclass(frozen=True, kw_only=True)
class SubmitPrediction:
    """Submit a picture for classification.

    The picture's header is checked, the picture and its prediction are made durable, and only then is the
    uuid given out: whoever has it will find a result under it. A picture that is refused leaves nothing.
    """

    rules: SubmissionRules
    intake: Intake
    unit_of_work: UnitOfWork
    image_store: ImageStore
    publisher: JobPublisher
    clock: Clock
    ids: Ids

    def execute(self, command: SubmitPredictionCommand) -> Prediction:
        """Accept the picture.

        Raises:
            InvalidInput: the picture or a field is refused.
            ImageStoreUnavailable, DatabaseUnavailable: it could not be kept.
        """
        header = self.rules.limits.check(command.image)
        prediction = self._new_prediction(command, header.format)
        self.image_store.put(prediction.image, command.image)
        self._keep(prediction)
        self.publisher.publish([prediction.job])
        return prediction

    def _keep(self, prediction: Prediction) -> None:
        try:
            self.intake.keep(prediction)
        except CommitUncertain:
            # The uuid was chosen before, so looking it up tells what happened. Where even that fails, the
            # picture stays: a stray file does no harm, a prediction without its picture would.
            self._insert_unless_there(prediction)
        except BaseException:
            with suppress(ImageStoreUnavailable):
                self.image_store.delete(prediction.image)
            raise

    def _insert_unless_there(self, prediction: Prediction) -> None:
        with self.unit_of_work.begin() as tx:
            if not tx.predictions.lock([prediction.uuid]):
                tx.predictions.add(prediction)
                tx.commit()

    def _new_prediction(self, command: SubmitPredictionCommand, image_format: ImageFormat) -> Prediction:
        if command.model not in (None, self.rules.model):
            raise UnknownModel
        uuid, now = self.ids.new(), self.clock.now()
        return Prediction(
            uuid=uuid,
            image=ImageKey.of(uuid, image_format),
            model=self.rules.model,
            name=command.name,
            top_k=command.top_k,
            created_at=now,
            due_at=now,
        )
