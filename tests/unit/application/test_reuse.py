from datetime import timedelta

import pytest

from adapters.memory import (
    FixedClock,
    LimitedRetry,
    MemoryFreeSpace,
    MemoryImageStore,
    MemoryJobQueue,
    MemoryResultCache,
    MemoryUnitOfWork,
    SequentialIds,
)
from adapters.memory.classifier import labels
from application.accept.command import SubmitPredictionCommand
from application.accept.pipeline import AcceptancePipeline
from application.accept.rules import SubmissionRules
from application.accept.submit_prediction import SubmitPrediction
from application.accept.submit_predictions import SubmitPredictions
from application.classify.record_model_version import RecordModelVersion
from domain.access.caller import ANYBODY
from domain.errors import WrongState
from domain.idempotency import IdempotencyKey
from domain.image import ImageHash
from domain.image_limits import ImageLimits
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus
from tests.contracts.unit_of_work import look_up
from tests.harness.builders import NOON, a_prediction, png

DOG = SubmitPredictionCommand(png(), ANYBODY, name="dog")


class World:
    """A service whose engine is the test itself."""

    def __init__(self, reuses_results: bool = True) -> None:
        self.unit_of_work, self.image_store, self.queue = MemoryUnitOfWork(), MemoryImageStore(), MemoryJobQueue()
        self.results, self.clock, ids = MemoryResultCache(self.unit_of_work), FixedClock(NOON), SequentialIds()
        rules = SubmissionRules("squeezenet1_0", ImageLimits(), reuses_results=reuses_results)
        pipeline = AcceptancePipeline(
            free_space=MemoryFreeSpace(),
            rules=rules,
            unit_of_work=self.unit_of_work,
            image_store=self.image_store,
            publisher=self.queue,
            results=self.results,
            clock=self.clock,
            ids=ids,
        )
        self.submit, self.submit_many = SubmitPrediction(pipeline=pipeline), SubmitPredictions(pipeline=pipeline)
        self.serve("version 1")

    def serve(self, version: str) -> None:
        self.version = version
        retry = LimitedRetry()
        RecordModelVersion(model="squeezenet1_0", version=version, results=self.results, retry=retry).execute()

    def classify(self) -> int:
        """Classify what is in the queue; how many pictures that was."""
        deliveries = self.queue.receive(9, timedelta(0))
        with self.unit_of_work.begin() as tx:
            locked = tx.predictions.lock([delivery.job.uuid for delivery in deliveries])
            for prediction in locked:
                prediction.start(self.clock.now(), timedelta(minutes=1), "squeezenet1_0", self.version)
                prediction.succeed(1, labels("dogsled", "malamute", "husky"), self.clock.now())
            tx.predictions.save(locked)
            tx.commit()
        return len(locked)


def test_the_same_picture_has_its_labels_at_once() -> None:
    world = World()
    first = world.submit.execute(DOG)
    assert world.classify() == 1
    world.clock.advance(timedelta(days=1))

    again = world.submit.execute(SubmitPredictionCommand(png(), ANYBODY, name="the same dog", top_k=2))

    assert again.uuid != first.uuid
    assert (again.status, again.cached, again.classification) == ("succeeded", True, labels("dogsled", "malamute"))
    assert (again.name, again.attempts, again.started_at) == ("the same dog", 0, None)
    assert again.created_at == again.finished_at == NOON + timedelta(days=1)
    assert again.due_at is None
    assert look_up(world.unit_of_work, 2) == again
    assert not look_up(world.unit_of_work, 1).cached
    # It is a prediction like any other, with a picture of its own.
    assert world.image_store.get(again.image) == png()
    assert world.classify() == 0


@pytest.mark.parametrize(
    "other",
    [SubmitPredictionCommand(png(width=3), ANYBODY), SubmitPredictionCommand(png(), ANYBODY, top_k=6)],
    ids=["picture", "top_k"],
)
def test_another_picture_or_more_labels_are_worked_out(other: SubmitPredictionCommand) -> None:
    world = World()
    world.submit.execute(DOG)
    world.classify()
    assert world.submit.execute(other).status is PredictionStatus.QUEUED
    assert world.classify() == 1


def test_another_version_of_the_model_looks_for_itself() -> None:
    world = World()
    world.submit.execute(DOG)
    world.classify()
    world.serve("version 2")
    assert not world.submit.execute(DOG).cached
    assert world.classify() == 1
    assert world.submit.execute(DOG).cached


def test_nothing_is_reused_unless_that_is_wanted() -> None:
    world = World(reuses_results=False)
    assert world.submit.execute(DOG).image_hash is None
    world.classify()
    assert world.submit.execute(DOG).status is PredictionStatus.QUEUED
    keyed = world.submit.execute(SubmitPredictionCommand(png(), ANYBODY, idempotency_key=IdempotencyKey("1")))
    assert keyed.image_hash is None


def test_a_key_counts_for_more_than_a_result() -> None:
    world = World()
    command = SubmitPredictionCommand(png(), ANYBODY, idempotency_key=IdempotencyKey("1"))
    first = world.submit.execute(command)
    world.classify()
    assert world.submit.execute(command) == look_up(world.unit_of_work, first.uuid.int)
    assert len(world.unit_of_work) == 1


def test_many_at_once_are_answered_each_for_itself() -> None:
    world = World()
    world.submit.execute(DOG)
    world.classify()
    known, new = world.submit_many.execute([DOG, SubmitPredictionCommand(png(width=3), ANYBODY)])
    assert (known.cached, new.cached) == (True, False)
    assert world.classify() == 1


def classified() -> Prediction:
    prediction = a_prediction(1, image_hash=ImageHash.of(b"dog"))
    prediction.start(NOON, timedelta(minutes=1), "squeezenet1_0", "version 1")
    prediction.succeed(1, labels("dogsled"), NOON)
    return prediction


def test_what_reuses_a_result_is_not_reused_itself() -> None:
    prediction = a_prediction(2, image_hash=ImageHash.of(b"dog"))
    prediction.reuse(classified(), NOON)
    assert (prediction.image_hash, prediction.model_version) == (None, "version 1")


def test_only_a_result_can_be_reused_and_only_once() -> None:
    prediction = a_prediction(2)
    with pytest.raises(WrongState, match="not succeeded"):
        prediction.reuse(a_prediction(1), NOON)
    prediction.reuse(classified(), NOON)
    with pytest.raises(WrongState):
        prediction.reuse(classified(), NOON)
