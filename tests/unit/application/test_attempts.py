from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import pytest

from adapters.memory import MemoryClassifier, MemoryUnitOfWork
from adapters.memory.classifier import labels
from adapters.memory.database.unit_of_work import MemoryTransaction
from application.ports.database.unit_of_work import CommitUncertain
from application.ports.queue.job_queue import Delivery
from domain.classification import Classification
from domain.errors import InvalidInput, ModelUnavailable
from domain.prediction_state import EXPIRED, Failure, PredictionStatus, StateChange
from tests.harness.builders import NOON, a_prediction
from tests.unit.application.inference_world import RULES, InferenceWorld


def test_a_job_delivered_twice_is_run_once() -> None:
    world = InferenceWorld(labels("dogsled"))
    world.queue.publish([a_prediction().job, a_prediction().job])
    assert len(world.run()) == 3
    world.queue.publish([a_prediction().job])
    world.run()
    assert world.classifier.batches == [1]
    assert world.look_up(1).attempts == 1


def test_a_prediction_that_another_engine_works_on_is_left_as_it_is() -> None:
    world = InferenceWorld(labels("dogsled"))
    with world.unit_of_work.begin() as tx:
        held = tx.predictions.lock([a_prediction().uuid])
        held[0].start(NOON, RULES.lease, "squeezenet1_0")
        tx.predictions.save(held)
        tx.commit()
    world.run()
    assert world.classifier.batches == []
    assert world.look_up(1) == held[0]


def test_jobs_of_a_dead_engine_are_taken_over_at_once_and_run_one_by_one() -> None:
    world = InferenceWorld(labels("dogsled"), labels("tabby"))
    with pytest.raises(ModelUnavailable):
        world.engine(MemoryClassifier({b"picture 1": ModelUnavailable()})).execute(world.receive())
    world.queue.drop_engine()
    world.submit(a_prediction(3))
    world.run()
    assert [world.look_up(n).status for n in (1, 2, 3)] == ["succeeded", "succeeded", "failed"]
    assert [world.look_up(n).attempts for n in (1, 2, 3)] == [2, 2, 1]
    assert world.classifier.batches == [1, 1, 1]


def test_after_the_last_attempt_the_prediction_fails_without_being_run() -> None:
    world = InferenceWorld(labels("dogsled"))
    world.exhaust_attempts()
    world.clock.advance(RULES.lease)
    world.run()
    assert world.classifier.batches == []
    assert world.look_up(1).status is PredictionStatus.FAILED
    assert world.look_up(1).failure == Failure(
        "attempts_exhausted", "The image was tried several times and no engine finished it."
    )
    assert world.queue.dead_letters == [a_prediction().job]


def test_a_dead_letter_is_sent_when_it_is_decided() -> None:
    world = InferenceWorld(labels("dogsled"), labels("tabby"))
    world.exhaust_attempts()
    world.clock.advance(RULES.lease)
    with pytest.raises(ModelUnavailable):
        world.engine(MemoryClassifier({b"picture 2": ModelUnavailable()})).execute(world.receive())
    assert world.queue.dead_letters == [a_prediction().job]


def test_a_dead_letter_that_was_decided_but_not_sent_is_sent_once_its_job_comes_back() -> None:
    world = InferenceWorld(labels("dogsled"))
    world.exhaust_attempts()
    world.clock.advance(RULES.lease)
    world.engine().attempts.take_up(world.receive())  # and the engine dies
    assert world.look_up(1).status is PredictionStatus.FAILED
    world.queue.drop_engine()
    world.run()
    assert world.queue.dead_letters == [a_prediction().job]
    world.queue.publish([a_prediction().job])  # a copy is no second dead letter
    world.run()
    assert world.queue.dead_letters == [a_prediction().job]


def test_the_last_attempt_keeps_its_lease_after_a_redelivery() -> None:
    world = InferenceWorld(labels("dogsled"))
    world.exhaust_attempts()
    world.run()
    assert world.look_up(1).status is PredictionStatus.PROCESSING
    assert world.queue.dead_letters == []


def test_an_expired_prediction_fails_without_being_run() -> None:
    world = InferenceWorld(labels("dogsled"))
    world.submit(a_prediction(2, expires_at=NOON + timedelta(minutes=1)))
    world.clock.advance(timedelta(minutes=1))
    world.run()
    assert world.classifier.batches == [1]
    assert world.look_up(1).status is PredictionStatus.SUCCEEDED
    assert (world.look_up(2).failure, world.look_up(2).attempts) == (EXPIRED, 0)
    assert StateChange(a_prediction(2).uuid, PredictionStatus.FAILED) in world.changes
    # Dead letters are only the jobs that no engine could finish.
    assert world.queue.dead_letters == []
    world.queue.drop_engine()
    assert world.receive() == []


class OvertakenClassifier(MemoryClassifier):
    """Slow enough for another engine to take the prediction over."""

    def __init__(self, world: InferenceWorld) -> None:
        super().__init__({b"picture 1": labels("late")})
        self._world = world

    def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput | None]:
        self._world.engine().execute([Delivery(a_prediction().job, redelivered=True)])
        return super().classify(images)


def test_the_late_result_of_a_superseded_attempt_is_dropped() -> None:
    world = InferenceWorld(labels("in time"))
    world.engine(OvertakenClassifier(world)).execute(world.receive())
    assert world.look_up(1).classification == labels("in time")
    assert world.look_up(1).attempts == 2


class UnconfirmedCommits(MemoryUnitOfWork):
    """Every other commit succeeds, but loses the connection before its confirmation."""

    def __init__(self) -> None:
        super().__init__()
        self.commits = 0

    @contextmanager
    def begin(self) -> Iterator[MemoryTransaction]:
        with super().begin() as tx:
            yield UnconfirmedTransaction(tx, self)


class UnconfirmedTransaction(MemoryTransaction):
    def __init__(self, transaction: MemoryTransaction, owner: UnconfirmedCommits) -> None:
        self._transaction, self._owner = transaction, owner
        self.predictions = transaction.predictions

    def commit(self) -> None:
        self._transaction.commit()
        self._owner.commits += 1
        if self._owner.commits % 2:
            raise CommitUncertain


def test_a_commit_whose_confirmation_was_lost_counts_one_attempt() -> None:
    world = InferenceWorld()
    world.unit_of_work = UnconfirmedCommits()
    world.tries = 2
    world.classifier = MemoryClassifier({b"picture 1": labels("dogsled")})
    world.image_store.put(a_prediction().image, b"picture 1")
    with MemoryUnitOfWork.begin(world.unit_of_work) as tx:
        tx.predictions.add([a_prediction()])
        tx.commit()
    world.queue.publish([a_prediction().job])

    world.run()

    assert world.look_up(1).classification == labels("dogsled")
    assert world.look_up(1).attempts == 1
    assert world.classifier.batches == [1]
    world.queue.drop_engine()
    assert world.receive() == []
