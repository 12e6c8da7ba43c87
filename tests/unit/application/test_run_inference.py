import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from adapters.memory import MemoryClassifier, MemoryImageStore
from adapters.memory.classifier import Answer, labels
from domain.classification import Classification
from domain.errors import ImageStoreUnavailable, InvalidInput, ModelUnavailable, UndecodableImage
from domain.prediction_state import Failure, PredictionStatus
from tests.harness.builders import NOON, a_prediction
from tests.unit.application.faulty_database import FaultyDatabase
from tests.unit.application.inference_world import InferenceWorld


def test_a_batch_is_classified_recorded_and_acknowledged() -> None:
    world = InferenceWorld(labels("dogsled", "malamute"), labels("tabby"))
    world.run()

    dog, cat = world.look_up(1), world.look_up(2)
    assert dog.status is cat.status is PredictionStatus.SUCCEEDED
    assert (dog.classification, cat.classification) == (labels("dogsled", "malamute"), labels("tabby"))
    assert (dog.attempts, dog.started_at, dog.finished_at) == (1, NOON, NOON)
    assert dog.model_version == cat.model_version == "version 1"
    assert world.classifier.batches == [2]
    world.queue.drop_engine()
    assert world.receive() == []


def test_without_jobs_nothing_is_asked() -> None:
    world = InferenceWorld()
    world.unit_of_work = database = FaultyDatabase()
    world.engine().execute([])
    assert (database.begun, world.classifier.batches, world.changes) == (0, [], [])


def test_every_state_change_is_announced() -> None:
    world = InferenceWorld(labels("dogsled"), UndecodableImage())
    world.run()
    told = [(change.uuid.int, change.status.value) for change in world.changes]
    assert told == [(1, "processing"), (2, "processing"), (1, "succeeded"), (2, "failed")]


def test_running_a_finished_job_again_announces_nothing() -> None:
    world = InferenceWorld(labels("dogsled"))
    world.run()
    world.changes.clear()
    world.queue.publish([world.look_up(1).job])
    world.run()
    assert world.changes == []


def test_only_the_undecodable_picture_of_a_batch_fails() -> None:
    world = InferenceWorld(labels("dogsled"), UndecodableImage(), labels("tabby"))
    world.run()
    assert [world.look_up(n).status for n in (1, 2, 3)] == ["succeeded", "failed", "succeeded"]
    assert world.look_up(2).failure == Failure("image_undecodable", "The image cannot be decoded.")


def test_only_the_missing_picture_of_a_batch_fails() -> None:
    world = InferenceWorld(labels("dogsled"), labels("tabby"))
    world.image_store.delete(world.look_up(1).image)
    world.run()
    assert world.look_up(1).failure == Failure("image_missing", "The image is no longer in the image store.")
    assert world.look_up(2).status is PredictionStatus.SUCCEEDED


def test_without_any_picture_the_model_is_not_run() -> None:
    world = InferenceWorld(labels("dogsled"))
    world.image_store.delete(world.look_up(1).image)
    world.run()
    assert world.classifier.batches == []
    assert world.look_up(1).status is PredictionStatus.FAILED


def test_a_picture_that_there_is_no_memory_for_is_left_to_another_attempt() -> None:
    world = InferenceWorld(labels("dogsled"), MemoryError(), labels("tabby"))
    world.run()
    assert [world.look_up(n).status for n in (1, 2, 3)] == ["succeeded", "processing", "succeeded"]
    world.queue.drop_engine()
    assert world.receive() == []  # its lease runs out, as after a crash
    assert [world.look_up(n).attempts for n in (1, 2, 3)] == [1, 1, 1]


def test_a_picture_that_could_not_be_finished_is_left_to_another_attempt_and_nothing_is_done_twice() -> None:
    world = InferenceWorld(labels("dogsled"), None, labels("tabby"))
    world.run()
    assert [world.look_up(n).status for n in (1, 2, 3)] == ["succeeded", "processing", "succeeded"]
    assert world.classifier.batches == [3]


def test_only_the_picture_that_breaks_the_model_fails() -> None:
    world = InferenceWorld(labels("dogsled"), ArithmeticError("broken"), labels("tabby"))
    world.run()
    assert [world.look_up(n).status for n in (1, 2, 3)] == ["succeeded", "failed", "succeeded"]
    assert world.look_up(2).failure == Failure("inference_failed", "The model could not process the image.")
    assert world.classifier.batches == [3, 1, 1, 1]


def test_no_prediction_fails_because_the_model_is_unavailable() -> None:
    world = InferenceWorld(ModelUnavailable())
    with pytest.raises(ModelUnavailable):
        world.run()
    assert world.look_up(1).status is PredictionStatus.PROCESSING
    world.queue.drop_engine()
    assert len(world.receive()) == 1


class UnavailableOnce(MemoryClassifier):
    """Unavailable at the first call."""

    def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput | None]:
        if not self.batches:
            self.batches.append(0)
            raise ModelUnavailable
        return super().classify(images)


def test_waiting_for_the_model_costs_no_attempt() -> None:
    world = InferenceWorld(labels("dogsled"))
    world.tries = 2
    world.engine(UnavailableOnce({b"picture 1": labels("dogsled")})).execute(world.receive())
    assert world.look_up(1).classification == labels("dogsled")
    assert world.look_up(1).attempts == 1


class StoreComesBack(MemoryImageStore):
    """Away until it was asked a second time."""

    def check(self) -> None:
        try:
            super().check()
        except ImageStoreUnavailable:
            self.bring_back()
            raise


def test_waiting_for_an_image_store_that_is_not_mounted_costs_no_attempt() -> None:
    world = InferenceWorld(labels("dogsled"), store=StoreComesBack())
    world.tries = 2
    world.image_store.take_away()
    world.run()
    assert world.look_up(1).classification == labels("dogsled")
    assert world.look_up(1).attempts == 1


def test_no_prediction_fails_because_the_image_store_is_not_mounted() -> None:
    world = InferenceWorld(labels("dogsled"))
    world.image_store.take_away()
    with pytest.raises(ImageStoreUnavailable):
        world.run()
    assert world.look_up(1).status is PredictionStatus.PROCESSING


def test_a_job_without_a_prediction_is_acknowledged() -> None:
    world = InferenceWorld()
    world.queue.publish([a_prediction(9).job])
    world.run()
    world.queue.drop_engine()
    assert world.receive() == []


class BusyClassifier(MemoryClassifier):
    """Signals that it has begun, and waits for a signal to end."""

    def __init__(self, answers: Mapping[bytes, Answer]) -> None:
        super().__init__(answers)
        self.begun, self.may_end = threading.Event(), threading.Event()

    def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput | None]:
        self.begun.set()
        self.may_end.wait(10)
        return super().classify(images)


def test_a_redelivered_job_waits_until_no_other_job_runs() -> None:
    world = InferenceWorld(labels("dogsled"), labels("tabby"))
    classifier = BusyClassifier({b"picture 1": labels("dogsled"), b"picture 2": labels("tabby")})
    engine = world.engine(classifier)
    first, second = world.receive()
    others = threading.Thread(target=engine.execute, args=[[first]], daemon=True)
    others.start()
    assert classifier.begun.wait(10)

    redelivered = threading.Thread(target=engine.execute, args=[[replace(second, redelivered=True)]], daemon=True)
    redelivered.start()
    redelivered.join(0.05)
    assert world.look_up(2).attempts == 0

    classifier.may_end.set()
    for thread in (others, redelivered):
        thread.join(10)
    assert [world.look_up(n).status for n in (1, 2)] == ["succeeded", "succeeded"]
