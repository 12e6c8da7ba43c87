"""The engine's threads, over the in-memory adapters."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from adapters.lifecycle.backoff import BackoffRetry
from adapters.memory import (
    FixedClock,
    MemoryClassifier,
    MemoryCompletionFeed,
    MemoryImageStore,
    MemoryJobQueue,
    MemoryResultCache,
    MemoryUnitOfWork,
)
from adapters.memory.classifier import labels
from adapters.runners.prediction_engine import PredictionEngine
from application.classify.attempts import AttemptRules, Attempts
from application.classify.attempts_in_hand import AttemptsInHand
from application.classify.record_model_version import RecordModelVersion
from application.classify.renew_leases import RenewLeases
from application.classify.run_inference import RunInference
from application.ports.queue.job_queue import Delivery
from domain.access.owner import DEFAULT_OWNER
from domain.classification import Classification
from domain.errors import InvalidInput, ModelUnavailable, QueueUnavailable
from domain.image import ImageHash
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus
from tests.contracts.unit_of_work import keep, look_up
from tests.harness.builders import NOON, a_prediction
from tests.harness.service import eventually

LEASE = timedelta(milliseconds=30)


def unexpected() -> None:
    raise AssertionError("the model could not be loaded")


class World:
    still_after = timedelta(seconds=30)

    def __init__(self, classifier: MemoryClassifier, queue: MemoryJobQueue | None = None) -> None:
        self.unit_of_work, self.image_store = MemoryUnitOfWork(), MemoryImageStore()
        self.queue = MemoryJobQueue() if queue is None else queue
        self.stopping = threading.Event()
        self.retry = BackoffRetry(self.stopping)
        self.clock = FixedClock(NOON)
        in_hand = AttemptsInHand()
        self.renew_leases = RenewLeases(lease=LEASE, in_hand=in_hand, unit_of_work=self.unit_of_work, clock=self.clock)
        attempts = Attempts(
            rules=AttemptRules("squeezenet1_0", lease=LEASE),
            unit_of_work=self.unit_of_work,
            clock=self.clock,
            retry=self.retry,
            model_version="version 1",
        )
        self.run_inference = RunInference(
            attempts=attempts,
            in_hand=in_hand,
            image_store=self.image_store,
            classifier=classifier,
            queue=self.queue,
            announcer=MemoryCompletionFeed(),
            retry=self.retry,
        )
        self.results = MemoryResultCache(self.unit_of_work)
        self.record_model_version = RecordModelVersion(
            model="squeezenet1_0", version="version 1", results=self.results, retry=self.retry
        )

    def engine(
        self, load: Callable[[], RunInference] | None = None, on_load_failure: Callable[[], None] = unexpected
    ) -> PredictionEngine:
        return PredictionEngine(
            load=load or (lambda: self.run_inference),
            on_loaded=lambda: self.record_model_version,
            on_load_failure=on_load_failure,
            renew_leases=self.renew_leases,
            queue=self.queue,
            retry=self.retry,
            stopping=self.stopping,
            slots=2,
            batch_size=4,
            still_after=self.still_after,
        )

    def submit(self, number: int) -> None:
        self.submit_prediction(a_prediction(number))

    def submit_prediction(self, prediction: Prediction) -> None:
        self.image_store.put(prediction.image, b"picture")
        keep(self.unit_of_work, prediction)
        self.queue.publish([prediction.job])

    def succeeded(self, number: int) -> bool:
        return look_up(self.unit_of_work, number).status is PredictionStatus.SUCCEEDED


def is_ready(engine: PredictionEngine) -> bool:
    try:
        engine.check()
    except ModelUnavailable:
        return False
    return True


def test_works_off_what_waits_and_what_comes() -> None:
    world = World(MemoryClassifier({b"picture": labels("dogsled")}))
    world.submit(1)
    engine = world.engine()
    engine.start()
    assert eventually(lambda: world.succeeded(1), seconds=20)
    world.submit(2)
    assert eventually(lambda: world.succeeded(2), seconds=20)
    engine.check()
    engine.stop()


def test_says_which_version_it_serves_before_it_takes_a_job() -> None:
    world = World(MemoryClassifier({b"picture": labels("dogsled")}))
    prediction = a_prediction(image_hash=ImageHash.of(b"picture"))
    world.submit_prediction(prediction)
    engine = world.engine()
    engine.start()
    assert eventually(lambda: world.succeeded(1), seconds=20)
    assert world.results.find(DEFAULT_OWNER, ImageHash.of(b"picture"), "squeezenet1_0", 5) == look_up(
        world.unit_of_work, 1
    )
    engine.stop()


def test_is_not_ready_before_the_model_is_loaded() -> None:
    world = World(MemoryClassifier({}))
    loaded = threading.Event()

    def load() -> RunInference:
        loaded.wait(20)
        return world.run_inference

    engine = world.engine(load)
    engine.start()
    with pytest.raises(ModelUnavailable, match="still loading"):
        engine.check()
    loaded.set()
    assert eventually(lambda: is_ready(engine), seconds=20)
    engine.stop()


def test_a_model_that_cannot_be_loaded_is_reported_once() -> None:
    def load() -> RunInference:
        raise ModelUnavailable("no such model")

    reports: list[str] = []
    engine = World(MemoryClassifier({})).engine(load, lambda: reports.append("failed"))
    engine.start()
    engine.stop()
    assert reports == ["failed"]
    assert str(engine.load_failure) == "no such model"
    with pytest.raises(ModelUnavailable):
        engine.check()


class BusyClassifier(MemoryClassifier):
    """Signals that it has begun, and waits for a signal to end."""

    def __init__(self) -> None:
        super().__init__({b"picture": labels("dogsled")})
        self.begun, self.may_end = threading.Event(), threading.Event()

    def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput | None]:
        self.begun.set()
        self.may_end.wait(20)
        return super().classify(images)


def test_leases_are_renewed_until_the_last_batch_has_ended() -> None:
    world = World(classifier := BusyClassifier())
    world.submit(1)
    engine = world.engine()
    engine.start()
    assert classifier.begun.wait(20)

    def renewed() -> bool:
        return look_up(world.unit_of_work, 1).due_at == world.clock.now() + LEASE

    world.clock.advance(LEASE)
    assert eventually(renewed, seconds=20)
    stopping = threading.Thread(target=engine.stop, daemon=True)
    stopping.start()
    assert world.stopping.wait(20)
    world.clock.advance(LEASE)
    assert eventually(renewed, seconds=20)
    classifier.may_end.set()
    stopping.join(20)
    assert not stopping.is_alive()
    assert world.succeeded(1)
    assert look_up(world.unit_of_work, 1).attempts == 1


class BrokenQueue(MemoryJobQueue):
    """Fails twice, in two ways, before it works."""

    def __init__(self) -> None:
        super().__init__()
        self._failures: list[Exception] = [QueueUnavailable(), ArithmeticError("a defect")]

    def receive(self, limit: int, timeout: timedelta) -> list[Delivery]:
        if self._failures:
            raise self._failures.pop(0)
        return super().receive(limit, timeout)


def test_no_error_ends_the_engine() -> None:
    world = World(MemoryClassifier({b"picture": labels("dogsled")}), BrokenQueue())
    world.submit(1)
    engine = world.engine()
    engine.start()
    assert eventually(lambda: world.succeeded(1), seconds=20)
    engine.stop()


def test_is_not_ready_while_no_slot_moves() -> None:
    go_on, at_work = threading.Event(), threading.Semaphore(0)

    class Stuck(MemoryClassifier):
        def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput | None]:
            at_work.release()
            assert go_on.wait(20)
            return super().classify(images)

    world = World(Stuck({b"picture": labels("dogsled")}))
    world.still_after = timedelta(milliseconds=50)
    engine = world.engine()
    engine.start()
    world.submit(1)
    assert at_work.acquire(timeout=20)
    time.sleep(0.1)
    engine.check()  # the other slot is free
    world.submit(2)
    assert at_work.acquire(timeout=20)
    assert eventually(lambda: not is_ready(engine), seconds=20)
    go_on.set()
    assert eventually(lambda: is_ready(engine), seconds=20)
    assert eventually(lambda: world.succeeded(1) and world.succeeded(2), seconds=20)
    engine.stop()
