"""What is kept long enough goes, and nothing else, whatever interrupts it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from adapters.memory import FixedClock, MemoryImageStore, MemoryUnitOfWork
from application.look_up.count_due import CountDue, DueCount
from application.ports.image_store import ImageMissing
from application.upkeep.purge_old import PurgeOld
from application.upkeep.retention_rules import RetentionRules
from domain.errors import ImageStoreUnavailable, PredictionNotFound
from domain.image import ImageKey
from domain.image_header import ImageFormat
from domain.prediction import Prediction
from domain.prediction_state import ImageState
from domain.time_ordered_id import first_uuid_at
from tests.contracts.retention import WEBHOOK, finished, key
from tests.contracts.unit_of_work import keep, look_up
from tests.harness.builders import NOON, a_prediction

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class World:
    """A database and an image store whose predictions are a day and an hour old."""

    def __init__(
        self,
        images: timedelta | None = None,
        predictions: timedelta | None = None,
        store: type[MemoryImageStore] = MemoryImageStore,
    ) -> None:
        self.unit_of_work, self.store = MemoryUnitOfWork(), store()
        self.clock = FixedClock(NOON + DAY + HOUR)
        self.waits: list[float] = []
        self.is_stopping = False
        rules = RetentionRules(images, predictions, webhooks_end_after=3 * DAY)
        self.purge = PurgeOld(
            rules=rules, unit_of_work=self.unit_of_work, images=self.store, clock=self.clock, wait=self.wait
        )
        self.count = CountDue(rules=rules, unit_of_work=self.unit_of_work, images=self.store, clock=self.clock)

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        return self.is_stopping

    def keep(self, *predictions: Prediction) -> None:
        keep(self.unit_of_work, *predictions)
        self.store.put_all({prediction.image: b"picture" for prediction in predictions})


def test_by_default_everything_is_kept() -> None:
    world = World()
    world.keep(finished(1))
    assert world.purge.execute() == 0
    assert world.count.execute() == (DueCount(), DueCount())
    assert len(world.unit_of_work) == len(world.store) == 1


def test_old_final_predictions_go_with_their_pictures() -> None:
    world = World(predictions=DAY)
    world.keep(finished(1), finished(2, NOON + 2 * HOUR), a_prediction(3), finished(4, webhook=WEBHOOK), finished(5))
    assert world.count.execute() == (DueCount(2, 2, 14), DueCount())
    assert world.purge.execute() == 2
    for gone in (1, 5):
        with pytest.raises(PredictionNotFound):
            look_up(world.unit_of_work, gone)
    assert len(world.unit_of_work) == len(world.store) == 3
    for kept in (2, 3, 4):
        assert look_up(world.unit_of_work, kept).image_state.is_kept
        assert world.store.get(key(kept)) == b"picture"
    assert world.purge.execute() == 0
    world.clock.advance(2 * DAY)
    assert world.purge.execute() == 2
    assert look_up(world.unit_of_work, 3) == a_prediction(3)


def test_old_pictures_go_and_their_predictions_stay() -> None:
    world = World(images=DAY)
    world.keep(finished(1), finished(2, NOON + 2 * HOUR), a_prediction(3), finished(4, webhook=WEBHOOK))
    assert world.count.execute() == (DueCount(), DueCount(2, 2, 14))
    assert world.purge.execute() == 2
    assert [look_up(world.unit_of_work, n).image_state for n in (1, 4)] == 2 * [ImageState.DELETED]
    for gone in (1, 4):
        with pytest.raises(ImageMissing):
            world.store.get(key(gone))
    assert len(world.store) == 2
    assert world.count.execute() == (DueCount(), DueCount())
    assert world.purge.execute() == 0


def test_pictures_first_and_predictions_later() -> None:
    world = World(images=DAY, predictions=2 * DAY)
    world.keep(finished(1), finished(2, NOON + DAY), finished(3, NOON - DAY), finished(4, NOON - DAY))
    world.store.delete(key(4))
    assert world.count.execute() == (DueCount(2, 1, 7), DueCount(1, 1, 7))
    assert world.purge.execute() == 3
    assert look_up(world.unit_of_work, 1).image_state is ImageState.DELETED
    assert (len(world.unit_of_work), len(world.store)) == (2, 1)
    world.clock.advance(2 * DAY)
    assert world.purge.execute() == 2
    assert len(world.unit_of_work) == len(world.store) == 0


def test_many_go_in_chunks_with_pauses_and_a_stopping_process_leaves_the_rest() -> None:
    world = World(predictions=DAY)
    world.keep(*(finished(number) for number in range(1, 2 * PurgeOld.CHUNK + 4)))
    world.is_stopping = True
    assert world.purge.execute() == PurgeOld.CHUNK
    world.is_stopping = False
    assert world.count.execute()[0].predictions == PurgeOld.CHUNK + 3
    assert world.purge.execute() == PurgeOld.CHUNK + 3
    assert world.waits == 3 * [PurgeOld.PAUSE]


class Interrupted(MemoryImageStore):
    """Goes away after it has deleted one of several pictures."""

    is_away = True

    def delete_all(self, keys: Sequence[ImageKey]) -> None:
        super().delete_all(keys[:1] if self.is_away else keys)
        if self.is_away:
            raise ImageStoreUnavailable


@pytest.mark.parametrize("images_only", [True, False])
def test_after_an_interruption_it_is_completed_and_nothing_is_left(images_only: bool) -> None:
    world = World(DAY, store=Interrupted) if images_only else World(predictions=DAY, store=Interrupted)
    store = world.store
    assert isinstance(store, Interrupted)
    world.keep(finished(1), finished(2), finished(3, NOON + 2 * HOUR))
    with pytest.raises(ImageStoreUnavailable):
        world.purge.execute()
    assert [look_up(world.unit_of_work, n).image_state for n in (1, 2)] == 2 * [ImageState.DELETING]
    assert len(store) == 2
    store.is_away = False
    assert world.purge.execute() == 2
    assert len(store) == 1
    assert len(world.unit_of_work) == (3 if images_only else 1)


def submitted(at: datetime, finished_at: datetime) -> Prediction:
    uuid = first_uuid_at(at)
    return finished(uuid=uuid, image=ImageKey.of(uuid, ImageFormat.PNG), at=finished_at, number=1)


def test_pictures_of_rows_that_stay_are_looked_at_once_a_day() -> None:
    world = World(images=DAY)
    early = submitted(NOON - 3 * HOUR, finished_at=NOON + 2 * HOUR)
    slow = submitted(NOON + HOUR / 2, finished_at=NOON + 2 * HOUR)
    world.keep(early, slow, finished(1))
    assert world.purge.execute() == 1
    world.clock.advance(2 * HOUR)
    assert world.purge.execute() == 1
    assert image_state(world, slow) is ImageState.DELETED
    assert image_state(world, early) is ImageState.KEPT
    world.clock.advance(PurgeOld.LOOK_AT_ALL)
    assert world.purge.execute() == 1
    assert image_state(world, early) is ImageState.DELETED


def image_state(world: World, prediction: Prediction) -> ImageState:
    return look_up(world.unit_of_work, prediction.uuid.int).image_state


def test_the_shortest_time_counts_for_a_picture() -> None:
    assert RetentionRules().shortest is None
    assert RetentionRules(keep_images=DAY).shortest == DAY
    assert RetentionRules(keep_images=DAY, keep_predictions=HOUR).shortest == HOUR


def test_many_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CountDue, "CHUNK", 2)
    world = World(images=DAY, predictions=2 * DAY)
    world.keep(*(finished(number) for number in range(1, 6)), finished(9, NOON - DAY))
    world.keep(*(finished(number, NOON - DAY) for number in (6, 7, 8)))
    assert world.count.execute() == (DueCount(4, 4, 28), DueCount(5, 5, 35))
