from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory import FixedClock, MemoryImageStore, MemoryJobQueue, MemoryUnitOfWork, SequentialIds
from adapters.memory.unit_of_work import MemoryTransaction
from application.submit_prediction import SubmissionRules, SubmitPrediction, SubmitPredictionCommand
from domain.errors import DatabaseUnavailable, InvalidField, PredictorError, UnknownModel, UnsupportedImage
from domain.image import ImageLimits
from domain.prediction import PredictionStatus
from tests.unit.builders import png

SOON = timedelta(seconds=0)


class House:
    """Everything that submitting touches."""

    def __init__(self, unit_of_work: MemoryUnitOfWork | None = None) -> None:
        self.unit_of_work = MemoryUnitOfWork() if unit_of_work is None else unit_of_work
        self.image_store = MemoryImageStore()
        self.queue = MemoryJobQueue()
        self.clock = FixedClock()
        self.submit = SubmitPrediction(
            rules=SubmissionRules("squeezenet1_0", ImageLimits(max_bytes=1000)),
            unit_of_work=self.unit_of_work,
            image_store=self.image_store,
            publisher=self.queue,
            clock=self.clock,
            ids=SequentialIds(),
        )


@pytest.fixture
def house() -> House:
    return House()


def test_what_was_accepted_is_stored_kept_and_published(house: House) -> None:
    prediction = house.submit.execute(SubmitPredictionCommand(png(), name="dog", top_k=3))

    assert prediction.uuid == UUID(int=1)
    assert (prediction.name, prediction.model, prediction.top_k) == ("dog", "squeezenet1_0", 3)
    assert (prediction.status, prediction.created_at) == (PredictionStatus.QUEUED, house.clock.now())
    assert house.image_store.get(prediction.image) == png()
    with house.unit_of_work.read() as predictions:
        assert predictions.get(prediction.uuid) == prediction
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


class DatabaseAway(MemoryUnitOfWork):
    """Cannot be reached."""

    @contextmanager
    def begin(self) -> Iterator[MemoryTransaction]:
        raise DatabaseUnavailable
        yield


def test_without_database_no_picture_stays_and_nothing_is_published() -> None:
    house = House(DatabaseAway())
    with pytest.raises(DatabaseUnavailable):
        house.submit.execute(SubmitPredictionCommand(png()))
    assert len(house.image_store) == 0
    assert house.queue.receive(9, SOON) == []
