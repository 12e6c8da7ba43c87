import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.memory import (
    FixedClock,
    LimitedRetry,
    MemoryClassifier,
    MemoryCompletionFeed,
    MemoryImageStore,
    MemoryJobQueue,
    MemoryUnitOfWork,
)
from adapters.memory.classifier import Answer, labels
from adapters.memory.unit_of_work import MemoryTransaction
from application.classify.run_inference import AttemptRules, RunInference
from application.ports.database.unit_of_work import CommitUncertain
from application.ports.queue.job_queue import Delivery
from domain.classification import Classification
from domain.errors import InvalidInput, ModelUnavailable, UndecodableImage
from domain.prediction import Prediction
from domain.prediction_state import EXPIRED, Failure, PredictionStatus, StateChange
from tests.contracts.unit_of_work import keep, look_up
from tests.harness.builders import NOON, a_prediction
from tests.unit.application.faulty_database import FaultyDatabase

RULES = AttemptRules("squeezenet1_0", max_attempts=2, lease=timedelta(minutes=1))


class House:
    """Pictures 1, 2, 3, ... are queued; what the model says of them is given."""

    def __init__(self, *answers: Answer) -> None:
        self.unit_of_work: MemoryUnitOfWork = MemoryUnitOfWork()
        self.image_store = MemoryImageStore()
        self.queue = MemoryJobQueue()
        self.clock = FixedClock(NOON)
        self.tries = 1
        self.feed, self.changes = MemoryCompletionFeed(), list[StateChange]()
        self.feed.listen(self.changes.extend)
        self.classifier = MemoryClassifier({f"picture {n}".encode(): a for n, a in enumerate(answers, 1)})
        for number in range(1, len(answers) + 1):
            self.submit(a_prediction(number))

    def submit(self, prediction: Prediction) -> None:
        self.image_store.put(prediction.image, f"picture {prediction.uuid.int}".encode())
        keep(self.unit_of_work, prediction)
        self.queue.publish([prediction.job])

    def engine(self, classifier: MemoryClassifier | None = None) -> RunInference:
        return RunInference(
            rules=RULES,
            unit_of_work=self.unit_of_work,
            image_store=self.image_store,
            classifier=classifier or self.classifier,
            queue=self.queue,
            announcer=self.feed,
            clock=self.clock,
            retry=LimitedRetry(self.tries),
            model_version="version 1",
        )

    def run(self) -> list[Delivery]:
        deliveries = self.receive()
        self.engine().execute(deliveries)
        return deliveries

    def receive(self) -> list[Delivery]:
        return self.queue.receive(8, timedelta(0))

    def look_up(self, number: int) -> Prediction:
        return look_up(self.unit_of_work, number)


def test_a_batch_is_classified_recorded_and_acknowledged() -> None:
    house = House(labels("dogsled", "malamute"), labels("tabby"))
    house.run()

    dog, cat = house.look_up(1), house.look_up(2)
    assert dog.status is cat.status is PredictionStatus.SUCCEEDED
    assert (dog.classification, cat.classification) == (labels("dogsled", "malamute"), labels("tabby"))
    assert (dog.attempts, dog.started_at, dog.finished_at) == (1, NOON, NOON)
    assert dog.model_version == cat.model_version == "version 1"
    assert house.classifier.batches == [2]
    house.queue.drop_engine()
    assert house.receive() == []


def test_without_jobs_nothing_is_asked() -> None:
    house = House()
    house.unit_of_work = database = FaultyDatabase()
    house.engine().execute([])
    assert (database.begun, house.classifier.batches, house.changes) == (0, [], [])


def test_what_happens_is_announced() -> None:
    house = House(labels("dogsled"), UndecodableImage())
    house.run()
    told = [(change.uuid.int, change.status.value) for change in house.changes]
    assert told == [(1, "processing"), (2, "processing"), (1, "succeeded"), (2, "failed")]


def test_a_result_that_does_not_count_is_not_announced() -> None:
    house = House(labels("dogsled"))
    house.run()
    house.changes.clear()
    house.queue.publish([house.look_up(1).job])
    house.run()
    assert house.changes == []


def test_a_bad_picture_fails_alone() -> None:
    house = House(labels("dogsled"), UndecodableImage(), labels("tabby"))
    house.run()
    assert [house.look_up(n).status for n in (1, 2, 3)] == ["succeeded", "failed", "succeeded"]
    assert house.look_up(2).failure == Failure("image_undecodable", "The image cannot be decoded.")


def test_a_picture_that_is_gone_fails_alone() -> None:
    house = House(labels("dogsled"), labels("tabby"))
    house.image_store.delete(house.look_up(1).image)
    house.run()
    assert house.look_up(1).failure == Failure("image_missing", "The image is no longer in the image store.")
    assert house.look_up(2).status is PredictionStatus.SUCCEEDED


def test_when_every_picture_is_gone_the_model_is_not_asked() -> None:
    house = House(labels("dogsled"))
    house.image_store.delete(house.look_up(1).image)
    house.run()
    assert house.classifier.batches == []
    assert house.look_up(1).status is PredictionStatus.FAILED


def test_a_picture_on_which_the_model_breaks_fails_alone() -> None:
    house = House(labels("dogsled"), ArithmeticError("broken"), labels("tabby"))
    house.run()
    assert [house.look_up(n).status for n in (1, 2, 3)] == ["succeeded", "failed", "succeeded"]
    assert house.look_up(2).failure == Failure("inference_failed", "The model could not process the image.")
    assert house.classifier.batches == [3, 1, 1, 1]


def test_a_model_that_is_away_is_nobody_s_failure() -> None:
    house = House(ModelUnavailable())
    with pytest.raises(ModelUnavailable):
        house.run()
    assert house.look_up(1).status is PredictionStatus.PROCESSING
    house.queue.drop_engine()
    assert len(house.receive()) == 1


def test_a_job_delivered_twice_is_run_once() -> None:
    house = House(labels("dogsled"))
    house.queue.publish([a_prediction().job, a_prediction().job])
    assert len(house.run()) == 3
    house.queue.publish([a_prediction().job])
    house.run()
    assert house.classifier.batches == [1]
    assert house.look_up(1).attempts == 1


def test_what_another_engine_holds_is_left_to_it() -> None:
    house = House(labels("dogsled"))
    with house.unit_of_work.begin() as tx:
        held = tx.predictions.lock([a_prediction().uuid])
        held[0].start(NOON, RULES.lease, "squeezenet1_0")
        tx.predictions.save(held)
        tx.commit()
    house.run()
    assert house.classifier.batches == []
    assert house.look_up(1) == held[0]


def test_a_lost_engine_s_jobs_are_taken_over_at_once_and_alone() -> None:
    house = House(labels("dogsled"), labels("tabby"))
    with pytest.raises(ModelUnavailable):
        house.engine(MemoryClassifier({b"picture 1": ModelUnavailable()})).execute(house.receive())
    house.queue.drop_engine()
    house.submit(a_prediction(3))
    house.run()
    assert [house.look_up(n).status for n in (1, 2, 3)] == ["succeeded", "succeeded", "failed"]
    assert [house.look_up(n).attempts for n in (1, 2, 3)] == [2, 2, 1]
    assert house.classifier.batches == [1, 1, 1]


def exhausted(house: House) -> None:
    """Two engines take picture 1 up, and die of it."""
    for _ in range(RULES.max_attempts):
        with pytest.raises(ModelUnavailable):
            house.engine(MemoryClassifier({b"picture 1": ModelUnavailable()})).execute(house.receive())
        house.queue.drop_engine()


class BusyClassifier(MemoryClassifier):
    """Tells when it has begun, and ends when it is told to."""

    def __init__(self, answers: Mapping[bytes, Answer]) -> None:
        super().__init__(answers)
        self.begun, self.may_end = threading.Event(), threading.Event()

    def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput]:
        self.begun.set()
        self.may_end.wait(10)
        return super().classify(images)


def test_a_job_that_comes_back_waits_until_nothing_else_is_in_work() -> None:
    house = House(labels("dogsled"), labels("tabby"))
    classifier = BusyClassifier({b"picture 1": labels("dogsled"), b"picture 2": labels("tabby")})
    engine = house.engine(classifier)
    first, second = house.receive()
    others = threading.Thread(target=engine.execute, args=[[first]], daemon=True)
    others.start()
    assert classifier.begun.wait(10)

    suspicious = threading.Thread(target=engine.execute, args=[[replace(second, redelivered=True)]], daemon=True)
    suspicious.start()
    suspicious.join(0.05)
    assert house.look_up(2).attempts == 0

    classifier.may_end.set()
    for thread in (others, suspicious):
        thread.join(10)
    assert [house.look_up(n).status for n in (1, 2)] == ["succeeded", "succeeded"]


def test_after_the_last_attempt_it_fails_without_another_try() -> None:
    house = House(labels("dogsled"))
    exhausted(house)
    house.clock.advance(RULES.lease)
    house.run()
    assert house.classifier.batches == []
    assert house.look_up(1).status is PredictionStatus.FAILED
    assert house.look_up(1).failure == Failure(
        "attempts_exhausted", "The image was tried several times and no engine finished it."
    )
    assert house.queue.dead_letters == [a_prediction().job]


def test_the_last_attempt_gets_the_time_of_its_lease() -> None:
    house = House(labels("dogsled"))
    exhausted(house)
    house.run()
    assert house.look_up(1).status is PredictionStatus.PROCESSING
    assert house.queue.dead_letters == []


def test_what_expired_in_the_queue_fails_without_being_run() -> None:
    house = House(labels("dogsled"))
    house.submit(a_prediction(2, expires_at=NOON + timedelta(minutes=1)))
    house.clock.advance(timedelta(minutes=1))
    house.run()
    assert house.classifier.batches == [1]
    assert house.look_up(1).status is PredictionStatus.SUCCEEDED
    assert (house.look_up(2).failure, house.look_up(2).attempts) == (EXPIRED, 0)
    assert StateChange(a_prediction(2).uuid, PredictionStatus.FAILED) in house.changes
    # Nobody has to look into it: that is for jobs that no engine could finish.
    assert house.queue.dead_letters == []
    house.queue.drop_engine()
    assert house.receive() == []


def test_a_job_without_prediction_is_forgotten() -> None:
    house = House()
    house.queue.publish([a_prediction(9).job])
    house.run()
    house.queue.drop_engine()
    assert house.receive() == []


class OvertakenClassifier(MemoryClassifier):
    """So slow that another engine takes the picture over meanwhile."""

    def __init__(self, house: House) -> None:
        super().__init__({b"picture 1": labels("late")})
        self._house = house

    def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput]:
        self._house.engine().execute([Delivery(a_prediction().job, redelivered=True)])
        return super().classify(images)


def test_the_late_result_of_a_superseded_attempt_is_dropped() -> None:
    house = House(labels("in time"))
    house.engine(OvertakenClassifier(house)).execute(house.receive())
    assert house.look_up(1).classification == labels("in time")
    assert house.look_up(1).attempts == 2


class ModelWithAPause(MemoryClassifier):
    """Is away the first time it is asked."""

    def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput]:
        if not self.batches:
            self.batches.append(0)
            raise ModelUnavailable
        return super().classify(images)


def test_what_is_away_for_a_moment_is_waited_for_without_another_attempt() -> None:
    house = House(labels("dogsled"))
    house.tries = 2
    house.engine(ModelWithAPause({b"picture 1": labels("dogsled")})).execute(house.receive())
    assert house.look_up(1).classification == labels("dogsled")
    assert house.look_up(1).attempts == 1


class CommitsUnheard(MemoryUnitOfWork):
    """Commits, and then loses the connection before it can say so, every other time."""

    def __init__(self) -> None:
        super().__init__()
        self.commits = 0

    @contextmanager
    def begin(self) -> Iterator[MemoryTransaction]:
        with super().begin() as tx:
            yield UnheardTransaction(tx, self)


class UnheardTransaction(MemoryTransaction):
    def __init__(self, heard: MemoryTransaction, owner: CommitsUnheard) -> None:
        self._heard, self._owner = heard, owner
        self.predictions = heard.predictions

    def commit(self) -> None:
        self._heard.commit()
        self._owner.commits += 1
        if self._owner.commits % 2:
            raise CommitUncertain


def test_a_commit_of_which_the_word_was_lost_is_no_second_attempt() -> None:
    house = House()
    house.unit_of_work = CommitsUnheard()
    house.tries = 2
    house.classifier = MemoryClassifier({b"picture 1": labels("dogsled")})
    house.image_store.put(a_prediction().image, b"picture 1")
    with MemoryUnitOfWork.begin(house.unit_of_work) as tx:
        tx.predictions.add([a_prediction()])
        tx.commit()
    house.queue.publish([a_prediction().job])

    house.run()

    assert house.look_up(1).classification == labels("dogsled")
    assert house.look_up(1).attempts == 1
    assert house.classifier.batches == [1]
    house.queue.drop_engine()
    assert house.receive() == []
