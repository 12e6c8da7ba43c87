"""Accept a picture."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from application.accept.keeping import insert_unless_there
from application.accept.reuse import reuse_result
from application.accept.submission import SubmissionRules, SubmitPredictionCommand
from application.ports.database.intake import Intake
from application.ports.database.predictions import IdempotencyKeyTaken
from application.ports.database.result_cache import ResultCache
from application.ports.database.unit_of_work import CommitUncertain, UnitOfWork
from application.ports.image_store import ImageStore
from application.ports.queue.job_queue import JobPublisher
from application.ports.system import Clock, Ids
from domain.errors import DatabaseUnavailable, IdempotencyConflict, ImageStoreUnavailable, PredictorError
from domain.idempotency import Idempotency
from domain.prediction import Prediction


@dataclass(frozen=True, kw_only=True)
class SubmitPrediction:
    """Submit a picture for classification.

    The picture's header is checked, the picture and its prediction are made durable, and only then is the
    uuid given out: whoever has it will find a result under it. A picture that is refused leaves nothing.

    Of what waits, the most urgent is classified first, by its `priority`; so that the others are not forgotten, every
    eighth picture is the one that waits longest.

    With `expires_in` it is not run later than so many seconds after its submission: still queued then, it fails with
    the code `expired`.

    Sent again with the same `Idempotency-Key`, a submission is answered with the prediction of the first one as it
    is now, also when both arrive at once. The key is refused for another picture or other options, and is free again
    once the prediction is deleted.

    Where the service reuses results, a picture that the same version of the model classified before has its labels
    at once, and `cached` is true.
    """

    rules: SubmissionRules
    intake: Intake
    unit_of_work: UnitOfWork
    image_store: ImageStore
    publisher: JobPublisher
    results: ResultCache
    clock: Clock
    ids: Ids

    def execute(self, command: SubmitPredictionCommand) -> Prediction:
        """Accept the picture.

        Raises:
            InvalidInput: the picture or a field is refused, or its key was used for another submission.
            ImageStoreUnavailable, DatabaseUnavailable: it could not be kept.
        """
        [outcome] = self.execute_all([command])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def execute_all(self, commands: Sequence[SubmitPredictionCommand]) -> list[Prediction | Exception]:
        """Accept pictures that came at the same time: each for itself, but made durable together.

        Returns:
            for each picture its prediction, or why it was not accepted, as `execute` would raise it.
        """
        submissions = [self._admit(command) for command in commands]
        kept = self._keep(self._store([submission for submission in submissions if submission.is_new]))
        self.publisher.publish([s.prediction.job for s in kept if not s.prediction.status.is_final])
        return [submission.outcome for submission in submissions]

    def _admit(self, command: SubmitPredictionCommand) -> "_Submission":
        submission = _Submission(command.image)
        with submission.failing_alone():
            prediction = self.rules.admit(command, self.ids.new(), self.clock.now())
            earlier = self._earlier(prediction.idempotency)
            submission.outcome, submission.is_new = earlier or prediction, earlier is None
            if submission.is_new:
                reuse_result(self.results, prediction, prediction.created_at)
        return submission

    def _store(self, submissions: Sequence["_Submission"]) -> Sequence["_Submission"]:
        """Those of them whose picture is durable now."""
        try:
            self.image_store.put_all({s.prediction.image: s.image for s in submissions})
        except ImageStoreUnavailable as error:
            if len(submissions) > 1:  # there may be room for some of them
                return [stored for submission in submissions for stored in self._store([submission])]
            submissions[0].outcome = error
            return []
        return submissions

    def _keep(self, submissions: Sequence["_Submission"]) -> list["_Submission"]:
        """Those of them whose prediction is durable now."""
        errors = self.intake.keep([submission.prediction for submission in submissions]) if submissions else []
        return [
            s
            for s, error in zip(submissions, errors, strict=True)
            if error is None or self._kept_all_the_same(s, error)
        ]

    def _kept_all_the_same(self, submission: "_Submission", error: Exception) -> bool:
        """What becomes of a submission whose prediction was perhaps not kept; whether it was."""
        prediction = submission.prediction
        if isinstance(error, CommitUncertain):
            # The uuid was chosen before, so looking it up tells what happened. Where even that fails, the
            # picture stays: a stray file does no harm, a prediction without its picture would.
            with submission.failing_alone():
                insert_unless_there(self.unit_of_work, [prediction])
            return submission.outcome is prediction
        with suppress(ImageStoreUnavailable):
            self.image_store.delete(prediction.image)
        with submission.failing_alone():
            submission.outcome = self._winner(prediction) if isinstance(error, IdempotencyKeyTaken) else error
        return False

    def _earlier(self, idempotency: Idempotency | None) -> Prediction | None:
        """The prediction that the same submission has already."""
        if idempotency is None:
            return None
        with self.unit_of_work.read() as predictions:
            earlier = predictions.find(idempotency.key)
        if earlier and earlier.idempotency != idempotency:
            raise IdempotencyConflict
        return earlier

    def _winner(self, loser: Prediction) -> Prediction:
        """The prediction of the same submission that was kept while `loser` was about to be."""
        winner = self._earlier(loser.idempotency)
        if winner is None:
            raise DatabaseUnavailable("The prediction with this Idempotency-Key was just deleted.")
        return winner


@dataclass(slots=True)
class _Submission:
    """A picture on its way through the use case.

    Args:
        image: the encoded file.
        outcome: its prediction, or why there is none.
        is_new: whether the prediction is still to be kept.
    """

    image: bytes
    outcome: Prediction | Exception = field(default_factory=PredictorError)
    is_new: bool = False

    @property
    def prediction(self) -> Prediction:
        assert isinstance(self.outcome, Prediction)
        return self.outcome

    @contextmanager
    def failing_alone(self) -> Iterator[None]:
        """What goes wrong is the outcome of this one, and nobody else's business."""
        try:
            yield
        except Exception as error:
            self.outcome = error
