"""Accept many pictures at once."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from application.accept.keeping import insert_unless_there
from application.accept.reuse import reuse_result
from application.accept.submission import SubmissionRules, SubmitPredictionCommand
from application.ports.database.result_cache import ResultCache
from application.ports.database.unit_of_work import CommitUncertain, UnitOfWork
from application.ports.image_store import ImageStore
from application.ports.queue.job_queue import JobPublisher
from application.ports.system import Clock, Ids
from domain.errors import ImageStoreUnavailable, InvalidField, InvalidInput
from domain.prediction import Prediction


class PicturesRefused(InvalidInput):
    """At least one of the images is refused, and so all of them are."""

    code = "images_refused"

    def __init__(self, reasons: Sequence[tuple[int, InvalidInput]]) -> None:
        super().__init__()
        self.reasons = tuple(reasons)


@dataclass(frozen=True, kw_only=True)
class SubmitPredictions:
    """Submit several pictures for classification, all or nothing.

    Each is checked as if it came alone. If one is refused, all are, and nothing of any of them stays. Otherwise
    the pictures are made durable, then all predictions in one transaction, and only then are the uuids given out, in
    the order of the pictures. From there on each prediction goes its own way.
    """

    # With pictures of 128 kB, a usual size, such a request is as large as one of four pictures of a megabyte.
    MAX_PICTURES: ClassVar[int] = 32

    rules: SubmissionRules
    unit_of_work: UnitOfWork
    image_store: ImageStore
    publisher: JobPublisher
    results: ResultCache
    clock: Clock
    ids: Ids

    def execute(self, commands: Sequence[SubmitPredictionCommand]) -> list[Prediction]:
        """Accept the pictures.

        Raises:
            InvalidField: there is none, or more than `MAX_PICTURES`.
            PicturesRefused: a picture or a field of one is refused.
            ImageStoreUnavailable, DatabaseUnavailable: they could not be kept.
        """
        if not 1 <= len(commands) <= self.MAX_PICTURES:
            raise InvalidField("images", f"images does not hold 1 to {self.MAX_PICTURES} entries.")
        predictions = self._admit(commands)
        for prediction in predictions:
            reuse_result(self.results, prediction, prediction.created_at)
        self._keep(predictions, [command.image for command in commands])
        self.publisher.publish([prediction.job for prediction in predictions if not prediction.status.is_final])
        return predictions

    def _admit(self, commands: Sequence[SubmitPredictionCommand]) -> list[Prediction]:
        admitted, refused = [], []
        for index, command in enumerate(commands):
            try:
                admitted.append(self.rules.admit(command, self.ids.new(), self.clock.now()))
            except InvalidInput as reason:
                refused.append((index, reason))
        if refused:
            raise PicturesRefused(refused)
        return admitted

    def _keep(self, predictions: Sequence[Prediction], images: Sequence[bytes]) -> None:
        try:
            self.image_store.put_all({p.image: image for p, image in zip(predictions, images, strict=True)})
            insert_unless_there(self.unit_of_work, predictions)
        except CommitUncertain:
            # Looking for the uuids tells what happened. Where even that fails, the pictures stay: stray files do no
            # harm, predictions without their pictures would.
            insert_unless_there(self.unit_of_work, predictions)
        except BaseException:
            self._remove_pictures(predictions)
            raise

    def _remove_pictures(self, predictions: Sequence[Prediction]) -> None:
        for prediction in predictions:
            with suppress(ImageStoreUnavailable):
                self.image_store.delete(prediction.image)
