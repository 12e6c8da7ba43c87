from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory import (
    FixedClock,
    MemoryImageStore,
    MemoryJobQueue,
    MemoryResultCache,
    MemoryUnitOfWork,
    SequentialIds,
)
from application.accept.command import SubmitPredictionCommand
from application.accept.pipeline import AcceptancePipeline
from application.accept.rules import SubmissionRules
from application.accept.submit_prediction import SubmitPrediction
from application.ports.database.unit_of_work import CommitUncertain
from domain.errors import (
    DatabaseUnavailable,
    IdempotencyConflict,
    ImageStoreFull,
    ImageStoreUnavailable,
    InvalidField,
    PredictorError,
    UnknownModel,
    UnsupportedImage,
)
from domain.idempotency import IdempotencyKey
from domain.image import ImageHash, ImageKey
from domain.image_limits import ImageLimits
from domain.prediction import Prediction
from domain.prediction_state import Failure, PredictionStatus
from tests.harness.builders import png
from tests.unit.application.faulty_database import Fault, FaultyDatabase, SlowToSee

SOON = timedelta(seconds=0)


class House:
    """Everything that submitting touches."""

    def __init__(
        self, unit_of_work: MemoryUnitOfWork | None = None, image_store: MemoryImageStore | None = None
    ) -> None:
        self.unit_of_work = MemoryUnitOfWork() if unit_of_work is None else unit_of_work
        self.image_store = MemoryImageStore() if image_store is None else image_store
        self.queue = MemoryJobQueue()
        self.clock = FixedClock()
        pipeline = AcceptancePipeline(
            rules=SubmissionRules("squeezenet1_0", ImageLimits(max_bytes=1000)),
            unit_of_work=self.unit_of_work,
            image_store=self.image_store,
            publisher=self.queue,
            results=MemoryResultCache(self.unit_of_work),
            clock=self.clock,
            ids=SequentialIds(),
        )
        self.submit = SubmitPrediction(pipeline=pipeline)


@pytest.fixture
def house() -> House:
    return House()


def test_what_was_accepted_is_stored_kept_and_published(house: House) -> None:
    prediction = house.submit.execute(SubmitPredictionCommand(png(), name="dog", top_k=3))

    assert prediction.uuid == UUID(int=1)
    assert (prediction.name, prediction.model, prediction.top_k) == ("dog", "squeezenet1_0", 3)
    assert (prediction.status, prediction.created_at) == (PredictionStatus.QUEUED, house.clock.now())
    assert house.image_store.get(prediction.image) == png()
    with house.unit_of_work.read() as committed:
        assert committed.predictions.get(prediction.uuid) == prediction
    [delivery] = house.queue.receive(9, SOON)
    assert delivery.job == prediction.job


def test_the_service_s_model_may_be_named(house: House) -> None:
    assert house.submit.execute(SubmitPredictionCommand(png(), model="squeezenet1_0")).model == "squeezenet1_0"


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (SubmitPredictionCommand(b"Dear Sir"), UnsupportedImage),
        (SubmitPredictionCommand(png(), model="resnet50"), UnknownModel),
        (SubmitPredictionCommand(png(), name="x" * 256), InvalidField),
        (SubmitPredictionCommand(png(), top_k=0), InvalidField),
    ],
)
def test_a_refused_picture_leaves_nothing(
    house: House, command: SubmitPredictionCommand, error: type[PredictorError]
) -> None:
    with pytest.raises(error):
        house.submit.execute(command)
    assert len(house.image_store) == len(house.unit_of_work) == 0
    assert house.queue.receive(9, SOON) == []


def test_without_database_no_picture_stays_and_nothing_is_published() -> None:
    house = House(FaultyDatabase(Fault.AWAY))
    with pytest.raises(DatabaseUnavailable):
        house.submit.execute(SubmitPredictionCommand(png()))
    assert len(house.image_store) == 0
    assert house.queue.receive(9, SOON) == []


@pytest.mark.parametrize("fault", [Fault.LOST_AFTER, Fault.LOST_BEFORE])
def test_an_ambiguous_commit_is_looked_up_and_accepted_once(fault: Fault) -> None:
    house = House(FaultyDatabase(fault))
    prediction = house.submit.execute(SubmitPredictionCommand(png()))
    assert len(house.unit_of_work) == len(house.image_store) == 1
    [delivery] = house.queue.receive(9, SOON)
    assert delivery.job == prediction.job


def test_pictures_that_come_together_are_accepted_each_for_itself(house: House) -> None:
    commands = [SubmitPredictionCommand(image) for image in (png(), b"Dear Sir", png(3))]
    first, refused, last = house.submit.execute_all(commands)
    assert isinstance(refused, UnsupportedImage)
    assert [p.uuid for p in (first, last) if isinstance(p, Prediction)] == [UUID(int=1), UUID(int=3)]
    assert len(house.image_store) == len(house.unit_of_work) == len(house.queue.receive(9, SOON)) == 2


class RoomForOne(MemoryImageStore):
    """Takes one picture of several."""

    def put_all(self, images: Mapping[ImageKey, bytes]) -> None:
        if len(self) + len(images) > 1:
            raise ImageStoreFull
        super().put_all(images)


def test_a_store_that_has_room_for_some_takes_some() -> None:
    house = House(image_store=RoomForOne())
    first, second = house.submit.execute_all([SubmitPredictionCommand(png()), SubmitPredictionCommand(png(3))])
    assert isinstance(first, Prediction)
    assert isinstance(second, ImageStoreFull)
    assert len(house.unit_of_work) == len(house.queue.receive(9, SOON)) == 1


def test_the_same_submission_twice_in_a_group_is_one_prediction(house: House) -> None:
    first, second = house.submit.execute_all([DOG, DOG])
    assert first == second
    assert len(house.image_store) == len(house.unit_of_work) == len(house.queue.receive(9, SOON)) == 1


def test_a_picture_stays_while_it_is_unknown_whether_its_row_does() -> None:
    house = House(FaultyDatabase(Fault.LOST_BEFORE, Fault.LOST_AFTER))
    with pytest.raises(CommitUncertain):
        house.submit.execute(SubmitPredictionCommand(png()))
    assert len(house.unit_of_work) == len(house.image_store) == 1


class StoreAway(MemoryImageStore):
    """Takes pictures and then goes away."""

    def delete(self, key: ImageKey) -> None:
        raise ImageStoreUnavailable


def test_without_database_and_store_the_first_problem_is_told() -> None:
    house = House(FaultyDatabase(Fault.AWAY), StoreAway())
    with pytest.raises(DatabaseUnavailable):
        house.submit.execute(SubmitPredictionCommand(png()))


KEY = IdempotencyKey("the key")
DOG = SubmitPredictionCommand(png(), name="dog", idempotency_key=KEY)


def test_the_same_submission_again_is_the_same_prediction(house: House) -> None:
    first = house.submit.execute(DOG)
    house.clock.advance(timedelta(days=1))
    assert house.submit.execute(DOG) == first
    assert len(house.unit_of_work) == len(house.image_store) == len(house.queue.receive(9, SOON)) == 1


def test_it_is_answered_with_the_state_as_it_is(house: House) -> None:
    first = house.submit.execute(DOG)
    with house.unit_of_work.begin() as tx:
        [prediction] = tx.predictions.lock([first.uuid])
        prediction.give_up(Failure("image_missing", "The image is gone."), house.clock.now())
        tx.predictions.save([prediction])
        tx.commit()
    assert house.submit.execute(DOG) == prediction


@pytest.mark.parametrize(
    "other",
    [
        replace(DOG, image=png(width=3)),
        replace(DOG, name="cat"),
        replace(DOG, top_k=3),
        replace(DOG, model="squeezenet1_0"),
    ],
)
def test_the_same_key_for_something_else_is_refused(house: House, other: SubmitPredictionCommand) -> None:
    first = house.submit.execute(DOG)
    with pytest.raises(IdempotencyConflict):
        house.submit.execute(other)
    assert len(house.unit_of_work) == len(house.image_store) == len(house.queue.receive(9, SOON)) == 1
    assert house.submit.execute(replace(other, idempotency_key=IdempotencyKey("another"))) != first


def test_without_a_key_the_same_picture_is_another_prediction(house: House) -> None:
    command = replace(DOG, idempotency_key=None)
    assert house.submit.execute(command).uuid != house.submit.execute(command).uuid


def test_a_fingerprint_outlives_the_version_that_made_it() -> None:
    """It is kept in the database: what is worked out here has to stay what it was."""
    picture = ImageHash.of(DOG.image)
    assert DOG.fingerprint(picture) == "b432f43da6ec079fca4c6287b755d352a06127296c2ac773c401cb578a304885"


def test_a_refused_picture_does_not_use_its_key_up(house: House) -> None:
    with pytest.raises(UnsupportedImage):
        house.submit.execute(replace(DOG, image=b"Dear Sir"))
    assert house.submit.execute(DOG).name == "dog"


def test_the_loser_of_a_race_answers_with_the_winner_s_prediction_and_leaves_no_picture() -> None:
    unit_of_work = SlowToSee()
    house = House(unit_of_work)
    first = house.submit.execute(DOG)
    unit_of_work.blind = 1
    assert house.submit.execute(DOG) == first
    unit_of_work.blind = 1
    with pytest.raises(IdempotencyConflict):
        house.submit.execute(replace(DOG, name="cat"))
    assert len(house.unit_of_work) == len(house.image_store) == len(house.queue.receive(9, SOON)) == 1


def test_a_winner_that_is_deleted_at_once_is_told_as_a_moment_s_trouble() -> None:
    unit_of_work = SlowToSee()
    house = House(unit_of_work)
    house.submit.execute(DOG)
    unit_of_work.blind = 2
    with pytest.raises(DatabaseUnavailable):
        house.submit.execute(DOG)
    assert len(house.image_store) == 1


@pytest.mark.parametrize("fault", [Fault.LOST_AFTER, Fault.LOST_BEFORE])
def test_a_key_survives_an_ambiguous_commit(fault: Fault) -> None:
    house = House(FaultyDatabase(fault))
    first = house.submit.execute(DOG)
    assert house.submit.execute(DOG) == first
    assert len(house.unit_of_work) == len(house.image_store) == 1
