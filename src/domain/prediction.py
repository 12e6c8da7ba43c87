"""The prediction and its state machine: the only place that knows which change is allowed when.

queued -> processing -> succeeded
  ^  |        |  |----> failed
  |  |        |-------> canceled
  |  |----------------> failed, canceled
  |-----------|           (a stalled attempt is queued again)
  |-------------------- failed, canceled
                          (somebody retries it)
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from domain.classification import Classification
from domain.errors import InvalidField, StaleAttempt, WrongState
from domain.idempotency import Idempotency
from domain.image import ImageHash, ImageKey
from domain.job import Job
from domain.prediction_state import EXPIRED, Failure, PredictionStatus, StateChange
from domain.priority import ORDINARY, Priority
from domain.webhooks.webhook import Webhook


@dataclass(slots=True)
class Prediction:
    """One picture's way from its submission to its label.

    Args:
        uuid: time-ordered id, chosen by the service.
        image: where the picture lies in the image store.
        model: name of the model that is to classify it.
        name: what the client calls it, 0 to `MAX_NAME_LENGTH` characters.
        top_k: how many labels the client wants, 1 to `Classification.MAX_TOP_K`.
        created_at: when it was accepted.
        status: see `PredictionStatus`.
        attempts: how often an engine took it up. Also the fencing token: a result counts only
            when it comes from the newest attempt.
        attempts_before_retry: how many of them were before somebody retried it. They never count down, so
            that a result from before a retry is recognised, but only those since count against the limit.
        due_at: when somebody has to look after it again: an engine or the relay while it is queued, the
            recovery when a lease runs out. None once it is final.
        published_at: when the broker confirmed the job that is in the queue for it; None while there is
            none, and always where the rows themselves are the queue.
        model_version: which version of the model the newest attempt is made with; None before the first.
        image_hash: of the picture, for others that may have its result; None where nobody asks for it.
        priority: how urgent it is; engines take up the most urgent ones first.
        expires_at: a prediction that is still queued then, or again, is not run any more. None where it waits for
            as long as it takes, and once it is final: who retries it wants it all the same.
        idempotency: the client's key for the submission, where it gave one.
        started_at, finished_at: when the newest attempt began and when the state became final.
        classification: the labels, once it has succeeded.
        failure: the reason, once it has failed.
        webhook: whom to tell when it is final; None where nobody wants to be told.
    """

    uuid: UUID
    image: ImageKey
    model: str
    name: str
    top_k: int
    created_at: datetime
    due_at: datetime | None
    status: PredictionStatus = PredictionStatus.QUEUED
    attempts: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    classification: Classification | None = field(default=None)
    failure: Failure | None = None
    published_at: datetime | None = None
    model_version: str | None = None
    image_hash: ImageHash | None = None
    priority: Priority = ORDINARY
    expires_at: datetime | None = None
    idempotency: Idempotency | None = None
    webhook: Webhook | None = None
    attempts_before_retry: int = 0

    MAX_NAME_LENGTH: ClassVar[int] = 255
    MAX_MODEL_LENGTH: ClassVar[int] = 255
    MAX_MODEL_VERSION_LENGTH: ClassVar[int] = 64

    def __post_init__(self) -> None:
        if len(self.name) > self.MAX_NAME_LENGTH:
            raise InvalidField("name", f"The name has more than {self.MAX_NAME_LENGTH} characters.")
        if any("\ud800" <= character <= "\udfff" for character in self.name):
            raise InvalidField("name", "The name is not valid Unicode.")
        if not 1 <= self.top_k <= Classification.MAX_TOP_K:
            raise InvalidField("top_k", f"top_k is not between 1 and {Classification.MAX_TOP_K}.")

    @property
    def job(self) -> Job:
        """The job an engine has to do for this prediction."""
        return Job(self.uuid, self.image, self.model, self.priority)

    @property
    def state_change(self) -> StateChange:
        """What there is to say to those who wait for it."""
        return StateChange(self.uuid, self.status)

    @property
    def attempts_since_retry(self) -> int:
        """How many attempts count against the limit."""
        return self.attempts - self.attempts_before_retry

    def lease_runs_at(self, now: datetime) -> bool:
        """True while an engine works on it and its lease is not over."""
        return self.status is PredictionStatus.PROCESSING and self.due_at is not None and self.due_at > now

    def is_expired_at(self, now: datetime) -> bool:
        """True when no engine need take it up any more."""
        return self.status is PredictionStatus.QUEUED and self.expires_at is not None and self.expires_at <= now

    @property
    def cached(self) -> bool:
        """True when its labels are those of an earlier prediction, so that no engine ever had it."""
        return self.status is PredictionStatus.SUCCEEDED and self.attempts == 0

    def reuse(self, earlier: "Prediction", now: datetime) -> None:
        """The same picture was classified by the same model before: its labels are what an engine would find.

        The hash goes, so that a picture that comes a million times is found once.

        Raises:
            WrongState: it is final, or `earlier` has no labels.
        """
        self._refuse_if_final()
        if earlier.classification is None:
            raise WrongState("The earlier prediction has not succeeded.")
        self.classification = earlier.classification.limited_to(self.top_k)
        self.model_version, self.image_hash = earlier.model_version, None
        self._finish(PredictionStatus.SUCCEEDED, now)

    def start(self, now: datetime, lease: timedelta, model: str, version: str | None = None) -> None:
        """An engine takes it up, or takes it over from one that is gone: a new attempt begins.

        `model` is what this engine serves. It differs from the model of the submission where the service
        was given another one since; the prediction then tells the one that really classifies it.

        Raises:
            WrongState: it is final.
        """
        self._refuse_if_final()
        self.status = PredictionStatus.PROCESSING
        self.attempts += 1
        self.model, self.model_version = model, version
        self.started_at = now
        self.due_at = now + lease

    def succeed(self, attempt: int, classification: Classification, now: datetime) -> None:
        """Attempt number `attempt` found the labels.

        Raises:
            WrongState: it is not being processed.
            StaleAttempt: another attempt has begun since.
        """
        self._refuse_if_not_current(attempt)
        self.classification = classification.limited_to(self.top_k)
        self._finish(PredictionStatus.SUCCEEDED, now)

    def fail(self, attempt: int, failure: Failure, now: datetime) -> None:
        """Attempt number `attempt` found that there will never be a label.

        Raises:
            WrongState: it is not being processed.
            StaleAttempt: another attempt has begun since.
        """
        self._refuse_if_not_current(attempt)
        self.failure = failure
        self._finish(PredictionStatus.FAILED, now)

    def give_up(self, failure: Failure, now: datetime) -> None:
        """Nobody will try again, whichever attempt was the last.

        Raises:
            WrongState: it is final.
        """
        self._refuse_if_final()
        self.failure = failure
        self._finish(PredictionStatus.FAILED, now)

    def expire(self, now: datetime) -> None:
        """It waited longer than it is wanted.

        Raises:
            WrongState: it did not.
        """
        if not self.is_expired_at(now):
            raise WrongState("The prediction has not expired.")
        self.give_up(EXPIRED, now)

    def requeue(self, due_at: datetime) -> None:
        """Back into the queue, to be taken up at `due_at` or later.

        Raises:
            WrongState: it is final.
        """
        self._refuse_if_final()
        self.status = PredictionStatus.QUEUED
        self.due_at = due_at
        self.published_at = None

    def cancel(self, now: datetime) -> None:
        """Nobody wants the result any more. One that is still found is refused.

        Raises:
            WrongState: it is final.
        """
        self._refuse_if_final()
        self._finish(PredictionStatus.CANCELED, now)

    def retry(self, now: datetime) -> None:
        """Into the queue once more, with all its attempts before it.

        Raises:
            WrongState: it neither failed nor was canceled.
        """
        if self.status not in (PredictionStatus.FAILED, PredictionStatus.CANCELED):
            raise WrongState(f"The prediction is {self.status}, neither failed nor canceled.")
        self.status = PredictionStatus.QUEUED
        self.attempts_before_retry = self.attempts
        self.failure = self.finished_at = self.published_at = None
        self.due_at = now

    def _finish(self, status: PredictionStatus, now: datetime) -> None:
        self.status = status
        self.finished_at = now
        self.due_at = self.expires_at = None

    def _refuse_if_final(self) -> None:
        if self.status.is_final:
            raise WrongState(f"The prediction is already {self.status}.")

    def _refuse_if_not_current(self, attempt: int) -> None:
        if self.status is not PredictionStatus.PROCESSING:
            raise WrongState(f"The prediction is {self.status}, not processing.")
        if attempt != self.attempts:
            raise StaleAttempt
