from collections.abc import Sequence
from uuid import UUID

import pytest

from adapters.memory import MemoryClassifier, MemoryImageStore
from adapters.memory.classifier import labels
from application.manage.delete_prediction import DeletePrediction
from application.ports.image_store import ImageStore
from domain.classification import Classification
from domain.errors import ImageStoreUnavailable, InvalidInput, PredictionNotFound
from domain.image import ImageKey
from domain.prediction_state import PredictionStatus, StateChange
from tests.harness.builders import a_prediction
from tests.unit.application.test_run_inference import House


def delete(house: House, number: int = 1, store: ImageStore | None = None) -> None:
    use_case = DeletePrediction(
        unit_of_work=house.unit_of_work,
        image_store=house.image_store if store is None else store,
        announcer=house.feed,
        clock=house.clock,
    )
    use_case.execute(UUID(int=number))


@pytest.mark.parametrize("run", [False, True])
def test_row_and_picture_are_gone_and_nobody_else_s(run: bool) -> None:
    house = House(labels("dogsled"), labels("tabby"))
    if run:
        house.run()

    delete(house)

    with pytest.raises(PredictionNotFound):
        house.look_up(1)
    assert len(house.unit_of_work) == len(house.image_store) == 1
    house.run()
    assert house.look_up(2).status is PredictionStatus.SUCCEEDED
    assert house.classifier.batches == ([2] if run else [1])
    house.queue.drop_engine()
    assert house.receive() == []


class DeletedMeanwhile(MemoryClassifier):
    """Works on a picture while its prediction is deleted."""

    def __init__(self, house: House) -> None:
        super().__init__({b"picture 1": labels("late"), b"picture 2": labels("tabby")})
        self._house = house

    def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput]:
        delete(self._house)
        return super().classify(images)


def test_an_engine_that_works_on_it_drops_its_result() -> None:
    house = House(labels("late"), labels("tabby"))

    house.engine(DeletedMeanwhile(house)).execute(house.receive())

    with pytest.raises(PredictionNotFound):
        house.look_up(1)
    assert house.look_up(2).classification == labels("tabby")
    house.queue.drop_engine()
    assert house.receive() == []


class StoreAway(MemoryImageStore):
    """Cannot be reached."""

    def delete(self, key: ImageKey) -> None:
        raise ImageStoreUnavailable


def test_while_the_picture_stays_its_row_does_and_is_not_run() -> None:
    house = House(labels("dogsled"))

    with pytest.raises(ImageStoreUnavailable):
        delete(house, store=StoreAway())
    house.run()

    assert house.look_up(1).status is PredictionStatus.CANCELED
    assert house.classifier.batches == []
    delete(house)
    assert len(house.unit_of_work) == len(house.image_store) == 0


def test_whoever_waits_for_one_that_is_not_final_hears_of_it() -> None:
    house = House(labels("dogsled"), labels("tabby"))
    house.run()
    house.submit(a_prediction(3))
    house.changes.clear()
    for number in (1, 3):
        delete(house, number)
    assert house.changes == [StateChange(UUID(int=3), PredictionStatus.CANCELED)]


def test_one_without_a_picture_can_be_deleted() -> None:
    house = House(labels("dogsled"))
    house.image_store.delete(house.look_up(1).image)
    delete(house)
    assert len(house.unit_of_work) == 0


def test_an_unknown_one_is_not_found() -> None:
    house = House(labels("dogsled"))
    delete(house)
    with pytest.raises(PredictionNotFound):
        delete(house)
