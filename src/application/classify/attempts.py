"""Attempts of an engine at predictions, and their limits."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from application.ports.database.unit_of_work import UnitOfWork
from application.ports.queue.job_queue import Delivery
from application.ports.retry import Retry
from application.ports.system import Clock
from domain.classification import Classification
from domain.errors import PredictorError, WrongState
from domain.prediction import Prediction
from domain.prediction_state import Failure, PredictionStatus


class AttemptsExhausted(PredictorError):
    """The image was tried several times and no engine finished it."""

    code = "attempts_exhausted"


@dataclass(frozen=True, slots=True)
class AttemptRules:
    """Limits of the attempts at a prediction.

    Args:
        model: name of the model that the engine serves.
        max_attempts: number of attempts since the last retry by a client after which the prediction fails.
        lease: time that an engine may be silent about an attempt before it is considered dead.
    """

    model: str
    max_attempts: int = 3
    lease: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Attempts:
    """Takes predictions up and records their results, each for a batch in one transaction.

    Both wait until the database is available.

    Args:
        rules: limits of the attempts.
        unit_of_work: to change predictions in.
        clock: to start leases by.
        retry: repeats a transaction while the database is unavailable.
        model_version: version of the model that the engine serves.
    """

    rules: AttemptRules
    unit_of_work: UnitOfWork
    clock: Clock
    retry: Retry
    model_version: str

    def take_up(self, deliveries: Sequence[Delivery]) -> list[Prediction]:
        """Start an attempt at each job, or end its prediction if it has expired or has no attempts left.

        Predictions that are final, or that another engine works on, are left as they are.

        Returns:
            the changed predictions: the started ones are processing, the ended ones have failed. Also those given up
            before whose job is redelivered: its engine died before it rejected the job.
        """
        by_uuid = {delivery.job.uuid: delivery for delivery in deliveries}
        return self.retry.until_available(partial(self._take_up, by_uuid, _TakenUp()))

    def record(
        self, started: Sequence[Prediction], results: Sequence[Classification | PredictorError]
    ) -> list[Prediction]:
        """Record the result of each started prediction; results of superseded attempts are dropped.

        Returns:
            the predictions whose results were recorded.
        """
        if not started:
            return []
        finished = {p.uuid: (p.attempts, result) for p, result in zip(started, results, strict=True)}
        return self.retry.until_available(partial(self._record, finished))

    def _take_up(self, deliveries: Mapping[UUID, Delivery], taken_up: "_TakenUp") -> list[Prediction]:
        with self.unit_of_work.begin() as tx:
            locked = tx.predictions.lock(list(deliveries))
            before = [p for p in locked if p in taken_up]
            now = self.clock.now()
            changed = [p for p in locked if p not in taken_up and self._start_or_end(p, deliveries[p.uuid], now)]
            taken_up.add(changed)
            for prediction in before:  # the confirmation may have taken long
                if prediction.status is PredictionStatus.PROCESSING:
                    prediction.renew_lease(prediction.attempts, now, self.rules.lease)
            tx.predictions.save(before + changed)
            tx.commit()
        known = {p.uuid for p in before + changed}
        given_up = [p for p in locked if deliveries[p.uuid].redelivered and is_exhausted(p) and p.uuid not in known]
        return before + changed + given_up

    def _start_or_end(self, prediction: Prediction, delivery: Delivery, now: datetime) -> bool:
        exhausted = prediction.attempts_since_retry >= self.rules.max_attempts
        if prediction.status.is_final:
            return False
        # The engine that had a redelivered job is most likely dead, so its lease does not count. It does after the
        # last attempt: that engine may only have lost its connection to the queue, and can still finish. It also does
        # if it was renewed since: another engine has the job, which was in the queue twice.
        is_held = prediction.lease_runs_at(now + self.rules.lease - delivery.waited)
        if prediction.lease_runs_at(now) and (exhausted or not delivery.redelivered or is_held):
            return False
        if prediction.is_expired_at(now):
            prediction.expire(now)
        elif exhausted:
            prediction.give_up(_EXHAUSTED, now)
        else:
            prediction.start(now, self.rules.lease, self.rules.model, self.model_version)
        return True

    def _record(self, finished: Mapping[UUID, tuple[int, Classification | PredictorError]]) -> list[Prediction]:
        with self.unit_of_work.begin() as tx:
            locked = tx.predictions.lock(list(finished))
            recorded = [p for p in locked if self._finish(p, *finished[p.uuid])]
            tx.predictions.save(recorded)
            tx.commit()
        return recorded

    def _finish(self, prediction: Prediction, attempt: int, result: Classification | PredictorError) -> bool:
        with suppress(WrongState):  # superseded or canceled meanwhile
            if isinstance(result, Classification):
                prediction.succeed(attempt, result, self.clock.now())
            else:
                prediction.fail(attempt, _failure(result), self.clock.now())
            return True
        return False


def is_exhausted(prediction: Prediction) -> bool:
    """True if the prediction failed because it had no attempts left."""
    return prediction.failure == _EXHAUSTED


class _TakenUp:
    """Predictions as they were taken up, recognised when the transaction is repeated.

    A commit whose confirmation was lost may have succeeded. A repetition then finds the predictions as this engine
    left them, and must not count a second attempt.
    """

    def __init__(self) -> None:
        # Number, time and status tell an attempt from another engine's.
        self._states: set[tuple[UUID, int, datetime | None, PredictionStatus]] = set()

    def add(self, predictions: Iterable[Prediction]) -> None:
        self._states.update(map(self._state, predictions))

    def __contains__(self, prediction: Prediction) -> bool:
        return self._state(prediction) in self._states

    @staticmethod
    def _state(prediction: Prediction) -> tuple[UUID, int, datetime | None, PredictionStatus]:
        return prediction.uuid, prediction.attempts, prediction.started_at, prediction.status


def _failure(error: PredictorError) -> Failure:
    return Failure(error.code, error.message)


_EXHAUSTED = _failure(AttemptsExhausted())
