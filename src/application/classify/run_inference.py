"""Classify what the queue delivers."""

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from application.classify.batching import split_batch
from application.classify.isolation import Isolation
from application.ports.classifier import Classifier
from application.ports.database.unit_of_work import UnitOfWork
from application.ports.image_store import ImageMissing, ImageStore
from application.ports.queue.completion_feed import Announcer
from application.ports.queue.job_queue import Delivery, JobConsumer
from application.ports.retry import Retry
from application.ports.system import Clock
from domain.classification import Classification
from domain.errors import InvalidInput, PredictorError, Unavailable, WrongState
from domain.prediction import Prediction
from domain.prediction_state import Failure, PredictionStatus

_log = logging.getLogger(__name__)

Outcome = Classification | PredictorError

# What tells an attempt from another engine's with the same number.
_Attempt = tuple[int, datetime | None, PredictionStatus]


class InferenceFailed(PredictorError):
    """The model could not process the image."""

    code = "inference_failed"


class AttemptsExhausted(PredictorError):
    """The image was tried several times and no engine finished it."""

    code = "attempts_exhausted"


@dataclass(frozen=True, slots=True)
class AttemptRules:
    """How a job is tried.

    Args:
        model: name of the model that the engine serves.
        max_attempts: after so many, counted from the last retry, the prediction fails.
        lease: how long an engine may take before others consider it gone.
    """

    model: str
    max_attempts: int = 3
    lease: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class RunInference:
    """Classify pictures that wait in the queue.

    An attempt is counted before the work begins, so that a picture that kills its engine cannot do so forever.
    All results of a batch are recorded in one transaction, and only then are the jobs acknowledged and the
    results announced. A job that comes back may be what ended its engine: it runs while nothing else does, so
    that no other attempt ends with it. While the database or the image store is away, each step waits for it
    where it is, so that nobody's attempts are used up. Running a job twice changes nothing: a final prediction
    is left alone, one that another engine holds is left to it, and a superseded attempt's result is dropped.
    What no engine finishes in all its attempts fails, and its job goes to the dead letters. What expired in the
    queue fails without being run.
    """

    rules: AttemptRules
    unit_of_work: UnitOfWork
    image_store: ImageStore
    classifier: Classifier
    queue: JobConsumer
    announcer: Announcer
    clock: Clock
    retry: Retry
    model_version: str
    isolation: Isolation = field(default_factory=Isolation)
    # Who may work now, where there are more callers than cores: while one records its results, the next one works.
    compute_slots: AbstractContextManager[object] = field(default_factory=nullcontext)

    def execute(self, deliveries: Sequence[Delivery]) -> None:
        """Run the jobs, record what came of them, and acknowledge them.

        Raises:
            Unavailable: the database, the image store or the model is away and there is no more time to
                wait. What was not recorded is not acknowledged.
        """
        for group in split_batch(deliveries):
            suspicious = any(delivery.redelivered for delivery in group)
            with self.isolation.alone() if suspicious else self.isolation.side_by_side():
                self._run(group)

    def _run(self, group: Sequence[Delivery]) -> None:
        with self.compute_slots:
            taken_up = self.retry.until_available(partial(self._take_up, group, {}))
            self.announcer.announce(taken_up)
            started = [prediction for prediction in taken_up if not prediction.status.is_final]
            outcomes = self._classify(started)
        self.announcer.announce(self.retry.until_available(partial(self._record, started, outcomes)))
        given_up = {prediction.uuid for prediction in taken_up if prediction.failure == _SPENT}
        self.queue.acknowledge([d for d in group if d.job.uuid not in given_up])
        self.queue.reject([d for d in group if d.job.uuid in given_up])

    def _take_up(self, group: Sequence[Delivery], begun: dict[UUID, _Attempt]) -> list[Prediction]:
        """Begin an attempt at each job that is ours to do, or end it where there is none to begin.

        Safe to repeat with the same `begun`, where it remembers what it began: when only the word of a
        commit was lost, that attempt is ours and no other is needed.
        """
        redelivered = {delivery.job.uuid: delivery.redelivered for delivery in group}
        with self.unit_of_work.begin() as tx:
            locked = tx.predictions.lock(list(redelivered))
            known = [p for p in locked if begun.get(p.uuid) == _attempt(p)]
            now = self.clock.now()
            ours = [p for p in locked if p not in known and self._begin_or_end(p, redelivered[p.uuid], now)]
            begun.update({p.uuid: _attempt(p) for p in ours})
            tx.predictions.save(ours)
            tx.commit()
        return known + ours

    def _begin_or_end(self, prediction: Prediction, redelivered: bool, now: datetime) -> bool:
        spent = prediction.attempts_since_retry >= self.rules.max_attempts
        if prediction.status.is_final:
            return False
        # A redelivered job is taken from whoever held it, who is most likely gone; but when this was the
        # last attempt, and its engine only lost its connection, it gets the time of its lease.
        if prediction.lease_runs_at(now) and (spent or not redelivered):
            return False
        if prediction.is_expired_at(now):
            prediction.expire(now)
        elif spent:
            prediction.give_up(_SPENT, now)
        else:
            prediction.start(now, self.rules.lease, self.rules.model, self.model_version)
        return True

    def _classify(self, started: Sequence[Prediction]) -> list[Outcome]:
        images = [self.retry.until_available(partial(self._fetch, prediction)) for prediction in started]
        found = [image for image in images if isinstance(image, bytes)]
        labels = iter(self._classify_all(found))
        return [next(labels) if isinstance(image, bytes) else image for image in images]

    def _fetch(self, prediction: Prediction) -> bytes | ImageMissing:
        try:
            return self.image_store.get(prediction.image)
        except ImageMissing as missing:
            return missing

    def _classify_all(self, images: Sequence[bytes]) -> Sequence[Classification | InvalidInput | InferenceFailed]:
        """Classify a batch; where the engine itself fails on it, each picture alone, so that one bad one
        does not take its neighbours along."""
        if not images:
            return []
        try:
            return self.retry.until_available(partial(self.classifier.classify, images))
        except Unavailable:
            raise
        except Exception:
            _log.exception("inference failed", extra={"batch": len(images)})
            if len(images) == 1:
                return [InferenceFailed()]
            return [outcome for image in images for outcome in self._classify_all([image])]

    def _record(self, started: Sequence[Prediction], outcomes: Sequence[Outcome]) -> list[Prediction]:
        """Keep what came of the attempts that still count; these."""
        results = {p.uuid: (p.attempts, outcome) for p, outcome in zip(started, outcomes, strict=True)}
        if not results:
            return []
        with self.unit_of_work.begin() as tx:
            locked = tx.predictions.lock(list(results))
            concluded = [p for p in locked if self._conclude(p, *results[p.uuid])]
            tx.predictions.save(concluded)
            tx.commit()
        return concluded

    def _conclude(self, prediction: Prediction, attempt: int, outcome: Outcome) -> bool:
        with suppress(WrongState):  # superseded or canceled meanwhile: the late result is dropped
            if isinstance(outcome, Classification):
                prediction.succeed(attempt, outcome, self.clock.now())
            else:
                prediction.fail(attempt, _failure(outcome), self.clock.now())
            return True
        return False


def _attempt(prediction: Prediction) -> _Attempt:
    return prediction.attempts, prediction.started_at, prediction.status


def _failure(error: PredictorError) -> Failure:
    return Failure(error.code, error.message)


_SPENT = _failure(AttemptsExhausted())
