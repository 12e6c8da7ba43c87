"""The prediction and its state machine: all transitions that are allowed.

queued -> processing -> succeeded
  ^  |        |  |----> failed
  |  |        |-------> canceled
  |  |----------------> failed, canceled
  |  |----------------> succeeded
  |  |                    (the result of an attempt that lost its lease, or of an earlier prediction)
  |-----------|           (a stalled attempt is queued again)
  |-------------------- failed, canceled
                          (a client retries it)
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from domain.access.owner import Owner
from domain.classification import Classification
from domain.errors import InvalidField, StaleAttempt, WrongState
from domain.idempotency import Idempotency
from domain.image import ImageHash, ImageKey
from domain.job import Job
from domain.prediction_state import EXPIRED, Failure, ImageState, PredictionStatus, StateChange
from domain.priority import ORDINARY, Priority
from domain.webhooks.webhook import Webhook


@dataclass(slots=True)
class Prediction:
    """Classification of one submitted picture: the request, its state and its result.

    A transition raises `WrongState` where the state does not allow it, and `StaleAttempt` where another attempt has
    begun since.

    Args:
        uuid: time-ordered id, chosen by the service.
        owner: who sees it.
        image: key of the picture in the image store.
        model: name of the model that is to classify it.
        name: given by the client, 0 to `MAX_NAME_LENGTH` characters.
        top_k: number of labels that the client wants, 1 to `Classification.MAX_TOP_K`.
        created_at: time of acceptance.
        attempts: number of times that an engine started it. Also the fencing token: only the result of the newest
            attempt counts.
        attempts_before_retry: number of attempts before the last retry by a client. `attempts` is never reset, so that
            a result from before the retry is recognised; only the attempts since then count against the limit.
        due_at: time of the next action: an engine or the relay takes it while it is queued, the recovery when a lease
            runs out that was not renewed. None once it is final.
        published_at: time at which the broker confirmed its job; None before that, and always where the database is
            the queue.
        model_version: version of the model of the newest attempt; None before the first.
        image_hash: of the picture, so that later predictions can reuse the result; None where results are not reused.
        priority: engines take the highest first.
        expires_at: a prediction that is queued at this time is not run any more. None where it never expires, and once
            it is final: a retry does not expire.
        idempotency: the client's key for the submission; None without one.
        started_at, finished_at: beginning of the newest attempt, and time at which the state became final.
        classification, failure: the labels, once it has succeeded; the reason, once it has failed.
        webhook: called when the state becomes final; None without one.
        image_state: nothing may count on the picture unless it is kept.
    """

    uuid: UUID
    owner: Owner
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
    classification: Classification | None = None
    failure: Failure | None = None
    published_at: datetime | None = None
    model_version: str | None = None
    image_hash: ImageHash | None = None
    priority: Priority = ORDINARY
    expires_at: datetime | None = None
    idempotency: Idempotency | None = None
    webhook: Webhook | None = None
    attempts_before_retry: int = 0
    image_state: ImageState = ImageState.KEPT

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
        """Job for the queue."""
        return Job(self.uuid, self.image, self.model, self.priority)

    @property
    def state_change(self) -> StateChange:
        """Notice for clients that wait for the prediction."""
        return StateChange(self.uuid, self.status)

    @property
    def attempts_since_retry(self) -> int:
        """Number of attempts that count against the limit."""
        return self.attempts - self.attempts_before_retry

    def lease_runs_at(self, now: datetime) -> bool:
        """True if it is processing and its lease has not run out."""
        return self.status is PredictionStatus.PROCESSING and self.due_at is not None and self.due_at > now

    def is_expired_at(self, now: datetime) -> bool:
        """True if it is queued and has expired."""
        return self.status is PredictionStatus.QUEUED and self.expires_at is not None and self.expires_at <= now

    @property
    def cached(self) -> bool:
        """True if its labels were copied from an earlier prediction and no engine ran."""
        return self.status is PredictionStatus.SUCCEEDED and self.attempts == 0

    def reuse(self, earlier: "Prediction", now: datetime) -> None:
        """Succeed with the labels of an earlier prediction for the same picture and model.

        The hash is cleared, so that a search by hash finds the earlier prediction only.
        """
        self._refuse_if_final()
        if earlier.classification is None:
            raise WrongState("The earlier prediction has not succeeded.")
        self.classification = earlier.classification.limited_to(self.top_k)
        self.model_version, self.image_hash = earlier.model_version, None
        self._finish(PredictionStatus.SUCCEEDED, now)

    def start(self, now: datetime, lease: timedelta, model: str, version: str | None = None) -> None:
        """Begin a new attempt, also when an earlier one has not ended.

        Args:
            lease: time until the attempt counts as stalled, unless the lease is renewed.
            model: name of the model of this engine. It replaces the submitted one, from which it differs when
                the service was given another model since.
            version: of that model.
        """
        self._refuse_if_final()
        self.status = PredictionStatus.PROCESSING
        self.attempts += 1
        self.model, self.model_version = model, version
        self.started_at = now
        self.due_at = now + lease

    def renew_lease(self, attempt: int, now: datetime, lease: timedelta) -> None:
        """Let the lease of attempt number `attempt`, which is still at work, run anew.

        Args:
            attempt: number of the attempt.
            now: beginning of the lease.
            lease: time until the attempt counts as stalled, unless the lease is renewed again.
        """
        if self.status is not PredictionStatus.PROCESSING:
            raise self._not_processing()
        if attempt != self.attempts:
            raise StaleAttempt
        self.due_at = now + lease

    def succeed(self, attempt: int, classification: Classification, now: datetime) -> None:
        """Record the labels that attempt number `attempt` found, also when it lost its lease and no other has begun."""
        self._refuse_if_not_current(attempt)
        self.classification = classification.limited_to(self.top_k)
        self._finish(PredictionStatus.SUCCEEDED, now)

    def fail(self, attempt: int, failure: Failure, now: datetime) -> None:
        """Record that attempt number `attempt` failed for good, also when it lost its lease and no other has begun."""
        self._refuse_if_not_current(attempt)
        self.failure = failure
        self._finish(PredictionStatus.FAILED, now)

    def give_up(self, failure: Failure, now: datetime) -> None:
        """Fail without another attempt, in any state that is not final."""
        self._refuse_if_final()
        self.failure = failure
        self._finish(PredictionStatus.FAILED, now)

    def expire(self, now: datetime) -> None:
        """Fail because it is queued and has expired."""
        if not self.is_expired_at(now):
            raise WrongState("The prediction has not expired.")
        self.give_up(EXPIRED, now)

    def requeue(self, due_at: datetime) -> None:
        """Return to the queue, to be started at `due_at` or later."""
        self._refuse_if_final()
        self.status = PredictionStatus.QUEUED
        self.due_at = due_at
        self.published_at = None

    def bring_forward(self, time: timedelta) -> None:
        """Make a queued prediction due so much earlier."""
        if self.status is not PredictionStatus.QUEUED or self.due_at is None:
            raise WrongState(f"The prediction is {self.status}, not queued.")
        self.due_at -= time

    def cancel(self, now: datetime) -> None:
        """Cancel; a result that arrives later is refused."""
        self._refuse_if_final()
        self._finish(PredictionStatus.CANCELED, now)

    def retry(self, now: datetime) -> None:
        """Return from failed or canceled to the queue on request of a client, with the full number of attempts."""
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
        lease_was_lost = self.status is PredictionStatus.QUEUED and self.attempts_since_retry > 0
        if self.status is not PredictionStatus.PROCESSING and not lease_was_lost:
            raise self._not_processing()
        if attempt != self.attempts:
            raise StaleAttempt

    def _not_processing(self) -> WrongState:
        return WrongState(f"The prediction is {self.status}, not processing.")
