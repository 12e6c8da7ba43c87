"""The pipeline that accepts pictures: admit, store, insert, publish."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from application.accept.command import SubmitPredictionCommand
from application.accept.insertion import insert_predictions
from application.accept.rules import SubmissionRules
from application.accept.submission import Submission, split
from application.ports.database.predictions import IdempotencyKeyTaken, PredictionExists
from application.ports.database.result_cache import ResultCache
from application.ports.database.unit_of_work import CommitUncertain, UnitOfWork
from application.ports.free_space import FreeSpace
from application.ports.image_store import ImageStore
from application.ports.queue.job_queue import JobPublisher
from application.ports.system import Clock, Ids
from application.turns.publication import Publication, UnlimitedPublication
from domain.errors import DatabaseUnavailable, IdempotencyConflict, ImageStoreFull, ImageStoreUnavailable, InvalidInput
from domain.prediction import Prediction


class PicturesRefused(InvalidInput):
    """At least one of the images is refused, and so all of them are."""

    code = "images_refused"

    def __init__(self, reasons: Sequence[tuple[int, InvalidInput]]) -> None:
        super().__init__()
        self.reasons = tuple(reasons)


@dataclass(frozen=True, kw_only=True)
class AcceptancePipeline:
    """Admit pictures, store them, insert their predictions and publish the jobs.

    A group of pictures becomes durable together: one call of the image store, one insert, one commit. The pictures come
    before the predictions, so that there is no prediction without its picture, and the jobs after both.
    """

    rules: SubmissionRules
    unit_of_work: UnitOfWork
    image_store: ImageStore
    publisher: JobPublisher
    results: ResultCache
    free_space: FreeSpace
    clock: Clock
    ids: Ids
    publication: Publication = field(default_factory=UnlimitedPublication)

    def accept_each(self, commands: Sequence[SubmitPredictionCommand]) -> list[Prediction | Exception]:
        """Accept pictures independently of each other.

        Returns:
            for each picture its prediction, the earlier one where its Idempotency-Key was used for the same submission,
            or the reason why it was not accepted: `InvalidInput`, `ImageStoreUnavailable`, also as `DiskAlmostFull`, or
            `DatabaseUnavailable`.

        Raises:
            DatabaseUnavailable: the time is not known, and so none was accepted.
        """
        submissions = self._admit(commands)
        stored = self._for_each(self._store, [submission for submission in submissions if self._is_new(submission)])
        held = self._hold_back(stored)
        self._publish(self._for_each(self._insert, stored), held)
        return [submission.outcome for submission in submissions]

    def accept_all(self, commands: Sequence[SubmitPredictionCommand]) -> list[Prediction]:
        """Accept all pictures or none of them.

        Raises:
            PicturesRefused: a picture or a field of one is refused.
            ImageStoreUnavailable, DatabaseUnavailable: they could not be made durable.
        """
        submissions = self._admit(commands)
        outcomes = enumerate(submission.outcome for submission in submissions)
        if reasons := [(index, outcome) for index, outcome in outcomes if isinstance(outcome, InvalidInput)]:
            raise PicturesRefused(reasons)
        for submission in submissions:
            self._reuse_result(submission.prediction)
        try:
            self._store(submissions)
            held = self._hold_back(submissions)
            self._insert(submissions)
        except Exception as error:
            self._remove_pictures(submissions, error)
            raise
        self._publish(submissions, held)
        return [submission.prediction for submission in submissions]

    def _admit(self, commands: Sequence[SubmitPredictionCommand]) -> list[Submission]:
        now = self.clock.now()
        return [self._admit_one(command, now) for command in commands]

    def _admit_one(self, command: SubmitPredictionCommand, now: datetime) -> Submission:
        outcome: Prediction | Exception
        try:
            outcome = self.rules.admit(command, self.ids.new(), now)
        except Exception as error:
            outcome = error
        return Submission(command.image, outcome)

    def _is_new(self, submission: Submission) -> bool:
        """True if the picture has to be stored: it was neither refused nor accepted before."""
        with submission.failing_alone():
            prediction = submission.prediction
            submission.outcome = self._find_earlier(prediction) or prediction
            if submission.outcome is prediction:
                self._reuse_result(prediction)
                return True
        return False

    def _find_earlier(self, prediction: Prediction) -> Prediction | None:
        """Find the prediction of an earlier submission of the same owner with the same key."""
        if prediction.idempotency is None:
            return None
        with self.unit_of_work.read() as committed:
            earlier = committed.predictions.find(prediction.owner, prediction.idempotency.key)
        if earlier and earlier.idempotency != prediction.idempotency:
            raise IdempotencyConflict
        return earlier

    def _reuse_result(self, prediction: Prediction) -> None:
        """Finish a prediction with the result of the owner's earlier one for the same picture, where there is one."""
        if prediction.image_hash is None:
            return
        owner, image, model = prediction.owner, prediction.image_hash, prediction.model
        if earlier := self.results.find(owner, image, model, prediction.top_k):
            prediction.reuse(earlier, prediction.created_at)

    def _store(self, group: Sequence[Submission]) -> None:
        if group:
            self.free_space.require()
        self.image_store.put_all({submission.prediction.image: submission.image for submission in group})

    def _insert(self, group: Sequence[Submission]) -> None:
        insert_predictions(self.unit_of_work, [submission.prediction for submission in group])

    def _hold_back(self, group: Sequence[Submission]) -> AbstractSet[UUID]:
        predictions = [submission.prediction for submission in group]
        return self.publication.hold_back([p for p in predictions if not p.status.is_final])

    def _publish(self, inserted: Sequence[Submission], held: AbstractSet[UUID]) -> None:
        predictions = [submission.prediction for submission in inserted]
        self.publisher.publish([p.job for p in predictions if not p.status.is_final and p.uuid not in held])

    def _for_each(
        self, step: Callable[[Sequence[Submission]], None], group: Sequence[Submission]
    ) -> Sequence[Submission]:
        """Take a step for a whole group, or for its parts where it fails because of some of them.

        Returns:
            the submissions for which it succeeded; the others have their outcome.
        """
        try:
            step(group)
        except Exception as error:
            if len(group) > 1 and isinstance(error, ImageStoreFull | PredictionExists):
                return [done for part in split(group) for done in self._for_each(step, part)]
            self._fail(group, error)
            return []
        return group

    def _fail(self, group: Sequence[Submission], error: Exception) -> None:
        self._remove_pictures(group, error)
        for submission in group:
            with submission.failing_alone():
                taken = isinstance(error, IdempotencyKeyTaken)
                submission.outcome = self._find_winner(submission.prediction) if taken else error

    def _find_winner(self, loser: Prediction) -> Prediction:
        """Find the prediction of the same submission that was inserted first."""
        winner = self._find_earlier(loser)
        if winner is None:
            raise DatabaseUnavailable("The prediction with this Idempotency-Key was just deleted.")
        return winner

    def _remove_pictures(self, group: Sequence[Submission], error: Exception) -> None:
        """Remove the pictures of predictions that were not inserted.

        Where that is unknown they stay: a picture without its prediction does no harm, a prediction without its picture
        would. An image store that fails removes them itself.
        """
        if isinstance(error, CommitUncertain | ImageStoreUnavailable):
            return
        for submission in group:
            with suppress(ImageStoreUnavailable):
                self.image_store.delete(submission.prediction.image)
