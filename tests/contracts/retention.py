"""Contract of the deletion of old predictions and pictures."""

from abc import abstractmethod
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from application.ports.database.retention import Due
from application.ports.database.unit_of_work import UnitOfWork
from domain.errors import PredictionNotFound
from domain.image import ImageKey
from domain.prediction import Prediction
from domain.prediction_state import Failure, ImageState
from domain.webhooks.webhook import Webhook, WebhookEvent, WebhookUrl
from tests.contracts.out_of_reach import OutOfReach
from tests.contracts.unit_of_work import MINUTE, keep, look_up
from tests.contracts.webhook_deliveries import LANE
from tests.harness.builders import NOON, a_prediction

WEBHOOK = Webhook(WebhookUrl("https://example.com/hook"), frozenset(WebhookEvent))
OLD = Due(finished_before=NOON, webhooks_before=NOON - timedelta(days=3))
OLD_IMAGES = Due(finished_before=NOON)


def finished(number: int, at: datetime = NOON, **fields: Any) -> Prediction:
    """A prediction that has failed."""
    prediction = a_prediction(number, **fields)
    prediction.give_up(Failure("broken", "It broke."), at)
    return prediction


def key(number: int) -> ImageKey:
    return a_prediction(number).image


def uuids(*numbers: int) -> list[UUID]:
    return [UUID(int=number) for number in numbers]


class RetentionContract(OutOfReach):
    @pytest.fixture
    @abstractmethod
    def unit_of_work(self) -> UnitOfWork:
        """An empty database."""

    def test_an_empty_batch_is_no_work(
        self, unit_of_work: UnitOfWork, out_of_reach: AbstractContextManager[object]
    ) -> None:
        with unit_of_work.read() as committed, out_of_reach:
            assert committed.retention.wanted([]) == set()

    def test_due_are_final_ones_that_finished_in_time_the_oldest_first(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, finished(3), finished(1), finished(2, NOON + MINUTE), a_prediction(4), finished(5))
        for due in (OLD, OLD_IMAGES):
            assert due_ones(unit_of_work, due) == [1, 3, 5]
            assert due_ones(unit_of_work, due, limit=2) == [1, 3]
            assert due_ones(unit_of_work, due, after=1) == [3, 5]
        with unit_of_work.read() as committed:
            assert committed.retention.due(OLD, None, 1) == [(UUID(int=1), key(1))]

    def test_a_pending_webhook_keeps_the_prediction_but_not_its_picture(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, finished(1, webhook=WEBHOOK), finished(2, NOON - timedelta(days=3), webhook=WEBHOOK))
        assert due_ones(unit_of_work, OLD) == [2]
        assert due_ones(unit_of_work, OLD_IMAGES) == [1, 2]
        with unit_of_work.begin() as tx:
            [delivery, other] = tx.webhook_deliveries.lock_due(NOON, 2, LANE)
            for pending in (delivery, other):
                pending.withdraw()
                tx.webhook_deliveries.save(pending)
            tx.commit()
        assert due_ones(unit_of_work, OLD) == [1, 2]

    def test_marks_what_is_due_when_it_is_locked(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, finished(1), finished(2, NOON + MINUTE), a_prediction(3), finished(4, webhook=WEBHOOK))
        with unit_of_work.begin() as tx:
            assert tx.retention.mark_deleting([], OLD) == []
            assert tx.retention.mark_deleting(uuids(1, 2, 3, 4, 9), OLD) == [key(1)]
            tx.commit()
        states = [look_up(unit_of_work, number).image_state for number in (1, 2, 3, 4)]
        assert states == [ImageState.DELETING] + 3 * [ImageState.KEPT]

    def test_what_was_announced_and_interrupted_is_due_again(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, finished(1))
        for _ in range(2):
            assert due_ones(unit_of_work, OLD_IMAGES) == [1]
            with unit_of_work.begin() as tx:
                assert tx.retention.mark_deleting(uuids(1), OLD_IMAGES) == [key(1)]
                tx.commit()

    def test_a_deleted_picture_is_due_no_more_but_its_prediction_is(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, finished(1), finished(2))
        with unit_of_work.begin() as tx:
            tx.retention.mark_deleting(uuids(1), OLD_IMAGES)
            assert tx.retention.mark_deleted([]) == 0
            assert tx.retention.mark_deleted(uuids(1, 2, 9)) == 1
            tx.commit()
        assert look_up(unit_of_work, 1).image_state is ImageState.DELETED
        assert look_up(unit_of_work, 2).image_state.is_kept
        assert due_ones(unit_of_work, OLD_IMAGES) == [2]
        assert due_ones(unit_of_work, OLD) == [1, 2]
        with unit_of_work.begin() as tx:
            assert tx.retention.mark_deleting(uuids(1), OLD_IMAGES) == []
            assert tx.retention.mark_deleting(uuids(1), OLD) == []
            assert tx.retention.mark_deleted(uuids(1)) == 0

    def test_saving_a_prediction_does_not_bring_its_picture_back(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, finished(1))
        with unit_of_work.begin() as tx:
            tx.retention.mark_deleting(uuids(1), OLD)
            tx.predictions.save(tx.predictions.lock(uuids(1)))
            tx.commit()
        assert look_up(unit_of_work, 1).image_state is ImageState.DELETING

    def test_deletes_due_ones_whose_pictures_are_announced_with_their_deliveries(
        self, unit_of_work: UnitOfWork
    ) -> None:
        long_ago = NOON - timedelta(days=9)
        keep(unit_of_work, finished(1, long_ago, webhook=WEBHOOK), finished(2), finished(3, NOON + MINUTE), finished(4))
        with unit_of_work.begin() as tx:
            tx.retention.mark_deleting(uuids(1, 3, 4), OLD)
            assert tx.retention.delete([], OLD) == 0
            assert tx.retention.delete(uuids(1, 2, 3, 9), OLD) == 1
            tx.commit()
        with pytest.raises(PredictionNotFound):
            look_up(unit_of_work, 1)
        assert [look_up(unit_of_work, number).uuid.int for number in (2, 3, 4)] == [2, 3, 4]
        with unit_of_work.read() as committed:
            assert committed.webhook_deliveries.of(UUID(int=1)) == []
        with unit_of_work.begin() as tx:
            assert tx.webhook_deliveries.lock_due(NOON, 9, LANE) == []

    def test_wanted_are_pictures_of_predictions_that_keep_them(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_prediction(1), finished(2), finished(3))
        with unit_of_work.begin() as tx:
            tx.retention.mark_deleting(uuids(2), OLD)
            tx.commit()
        another_format = ImageKey(key(3).value.replace("jpg", "png"))
        no_uuid = ImageKey(f"00/{'-' * 36}.jpg")
        with unit_of_work.read() as committed:
            asked = [key(1), key(2), key(3), key(9), another_format, no_uuid]
            assert committed.retention.wanted(asked) == {key(1), key(3)}
            assert committed.retention.wanted([no_uuid]) == set()


def due_ones(unit_of_work: UnitOfWork, due: Due, after: int | None = None, limit: int = 9) -> list[int]:
    with unit_of_work.read() as committed:
        found = committed.retention.due(due, None if after is None else UUID(int=after), limit)
    return [uuid.int for uuid, _ in found]
