"""Contract of the deliveries to webhooks."""

from abc import abstractmethod
from datetime import timedelta
from uuid import UUID

import pytest

from application.ports.database.unit_of_work import UnitOfWork
from domain.prediction import Prediction
from domain.prediction_state import Failure
from domain.webhooks.webhook import Webhook, WebhookEvent, WebhookUrl
from domain.webhooks.webhook_delivery import DeliveryOutcome, DeliveryState, RetrySchedule, WebhookDelivery, delivery_of
from tests.contracts.unit_of_work import MINUTE, keep, look_up
from tests.harness.builders import NOON, a_prediction

HOOK = Webhook(WebhookUrl("https://example.com/hook?a=b"))
LANE = "default@example.com"
SCHEDULE = RetrySchedule()


def a_hooked(number: int = 1, webhook: Webhook | None = HOOK) -> Prediction:
    return a_prediction(number, webhook=webhook)


def finish(unit_of_work: UnitOfWork, *numbers: int, minutes: int = 0) -> None:
    """They fail, so many minutes after noon."""
    with unit_of_work.begin() as tx:
        locked = tx.predictions.lock([UUID(int=number) for number in numbers])
        for prediction in locked:
            prediction.give_up(Failure("gone", "Gone."), NOON + minutes * MINUTE)
        tx.predictions.save(locked)
        tx.commit()


def deliveries(unit_of_work: UnitOfWork, number: int = 1) -> list[WebhookDelivery]:
    with unit_of_work.read() as committed:
        return committed.webhook_deliveries.of(UUID(int=number))


def id_of(number: int) -> str:
    """The id of the message that prediction `number` failed at noon."""
    prediction = a_hooked(number)
    prediction.give_up(Failure("gone", "Gone."), NOON)
    delivery = delivery_of(prediction)
    assert delivery
    return delivery.id


def due(unit_of_work: UnitOfWork, minutes: int, limit: int = 9, lane: str = LANE) -> list[int]:
    """The numbers of the predictions whose deliveries are due so many minutes after noon."""
    with unit_of_work.begin() as tx:
        return [d.prediction.int for d in tx.webhook_deliveries.lock_due(NOON + minutes * MINUTE, limit, lane)]


class WebhookDeliveriesContract:
    @pytest.fixture
    @abstractmethod
    def unit_of_work(self) -> UnitOfWork:
        """An empty database."""

    @pytest.mark.parametrize("events", [set(WebhookEvent), {WebhookEvent.FAILED}])
    def test_a_webhook_comes_back_whole(self, unit_of_work: UnitOfWork, events: set[WebhookEvent]) -> None:
        prediction = a_hooked(webhook=Webhook(WebhookUrl("http://a.b/" + "c" * 2037), frozenset(events)))
        keep(unit_of_work, prediction)
        assert look_up(unit_of_work, 1) == prediction
        assert deliveries(unit_of_work) == []

    def test_becoming_final_makes_a_delivery(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_hooked(1), a_hooked(2, webhook=None), a_hooked(3))
        finish(unit_of_work, 1, 2)
        assert deliveries(unit_of_work, 1) == [delivery_of(look_up(unit_of_work, 1))]
        assert deliveries(unit_of_work, 2) == deliveries(unit_of_work, 3) == deliveries(unit_of_work, 9) == []

    def test_without_commit_there_is_none(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_hooked())
        with unit_of_work.begin() as tx:
            locked = tx.predictions.lock([UUID(int=1)])
            locked[0].give_up(Failure("gone", "Gone."), NOON)
            tx.predictions.save(locked)
        assert deliveries(unit_of_work) == []

    def test_keeping_it_again_makes_no_second_one(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_hooked())
        finish(unit_of_work, 1)
        with unit_of_work.begin() as tx:
            locked = tx.predictions.lock([UUID(int=1)])
            tx.predictions.save(locked)
            tx.predictions.save(locked)
            tx.commit()
        assert len(deliveries(unit_of_work)) == 1

    def test_one_that_is_final_when_it_comes_has_its_delivery_too(self, unit_of_work: UnitOfWork) -> None:
        first, second = a_hooked(1), a_hooked(2)
        for prediction in (first, second):
            prediction.give_up(Failure("gone", "Gone."), NOON)
        keep(unit_of_work, first)
        keep(unit_of_work, second, a_hooked(3))
        assert [len(deliveries(unit_of_work, number)) for number in (1, 2, 3)] == [1, 1, 0]

    def test_becoming_final_once_more_makes_another(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_hooked())
        finish(unit_of_work, 1)
        with unit_of_work.begin() as tx:
            locked = tx.predictions.lock([UUID(int=1)])
            locked[0].retry(NOON)
            tx.predictions.save(locked)
            tx.commit()
        assert len(deliveries(unit_of_work)) == 1
        finish(unit_of_work, 1, minutes=1)
        assert [d.created_at for d in deliveries(unit_of_work)] == [NOON, NOON + MINUTE]

    def test_the_longest_overdue_come_first(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, *(a_hooked(number) for number in (1, 2, 3)))
        for number, minutes in ((1, 3), (2, 1), (3, 2)):
            finish(unit_of_work, number, minutes=minutes)
        assert due(unit_of_work, 0) == []
        assert due(unit_of_work, 2) == [2, 3]
        assert due(unit_of_work, 9) == [2, 3, 1]
        assert due(unit_of_work, 9, limit=1) == [2]

    def test_every_attempt_comes_back(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_hooked())
        finish(unit_of_work, 1)
        outcomes = [DeliveryOutcome(503), DeliveryOutcome(error="timed_out"), DeliveryOutcome(204)]
        for number, outcome in enumerate(outcomes, 1):
            with unit_of_work.begin() as tx:
                [delivery] = tx.webhook_deliveries.lock_due(NOON + timedelta(days=1), 9, LANE)
                delivery.start(NOON + number * MINUTE, SCHEDULE)
                tx.webhook_deliveries.save(delivery)
                tx.commit()
            assert deliveries(unit_of_work) == [delivery]
            with unit_of_work.begin() as tx:
                same = tx.webhook_deliveries.lock(delivery.id)
                assert same
                assert same == delivery
                assert same.conclude(number, outcome, NOON + (number + 1) * MINUTE, SCHEDULE)
                tx.webhook_deliveries.save(same)
                tx.commit()
            assert deliveries(unit_of_work) == [same]
        [concluded] = deliveries(unit_of_work)
        assert [attempt.outcome for attempt in concluded.attempts] == outcomes
        assert concluded.state is DeliveryState.DELIVERED
        assert due(unit_of_work, 9_999_999) == []

    def test_deliveries_and_attempts_go_with_their_prediction(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_hooked(1), a_hooked(2))
        finish(unit_of_work, 1, 2)
        with unit_of_work.begin() as tx:
            for delivery in tx.webhook_deliveries.lock_due(NOON, 9, LANE):
                delivery.start(NOON, SCHEDULE)
                tx.webhook_deliveries.save(delivery)
            tx.commit()
        with unit_of_work.begin() as tx:
            tx.predictions.delete(UUID(int=1))
            tx.commit()
        assert deliveries(unit_of_work, 1) == []
        assert len(deliveries(unit_of_work, 2)) == 1
        assert due(unit_of_work, 9_999_999) == [2]

    def test_they_go_with_their_prediction(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_hooked(1), a_hooked(2))
        finish(unit_of_work, 1, 2)
        with unit_of_work.begin() as tx:
            for delivery in tx.webhook_deliveries.lock_due(NOON, 9, LANE):
                delivery.start(NOON, SCHEDULE)
                tx.webhook_deliveries.save(delivery)
            tx.predictions.delete(UUID(int=1))
            tx.commit()
        assert deliveries(unit_of_work, 1) == []
        assert due(unit_of_work, 9) == [2]
        [left] = deliveries(unit_of_work, 2)
        assert len(left.attempts) == 1
        with unit_of_work.begin() as tx:
            assert [known for number in (1, 2) if (known := tx.webhook_deliveries.lock(id_of(number)))] == [left]

    def test_an_unknown_delivery_is_none(self, unit_of_work: UnitOfWork) -> None:
        with unit_of_work.begin() as tx:
            assert tx.webhook_deliveries.lock("msg_1") is None

    def test_a_delivery_may_be_kept_without_an_attempt(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_hooked())
        finish(unit_of_work, 1)
        with unit_of_work.begin() as tx:
            [delivery] = tx.webhook_deliveries.lock_due(NOON, 9, LANE)
            delivery.withdraw()
            tx.webhook_deliveries.save(delivery)
            tx.commit()
        assert deliveries(unit_of_work) == [delivery]

    def test_each_lane_has_its_own_deliveries_and_a_settled_one_has_none(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, *(a_hooked(number, hook_to(host)) for number, host in enumerate(["b", "a", "b"], 1)))
        finish(unit_of_work, 1, 2, 3)
        assert due(unit_of_work, 0, lane="default@a") == [2]
        assert sorted(due(unit_of_work, 0, lane="default@b")) == [1, 3]
        assert due(unit_of_work, 0, lane="") == []
        with unit_of_work.begin() as tx:
            [delivery] = tx.webhook_deliveries.lock_due(NOON, 9, "default@a")
            delivery.withdraw()
            tx.webhook_deliveries.save(delivery)
            tx.commit()
        assert deliveries(unit_of_work, 2)[0].lane == ""
        assert due(unit_of_work, 0, lane="default@a") == due(unit_of_work, 0, lane="") == []

    def test_a_delivery_may_change_its_lane(self, unit_of_work: UnitOfWork) -> None:
        keep(unit_of_work, a_hooked())
        finish(unit_of_work, 1)
        move(unit_of_work, LANE, "")
        assert (due(unit_of_work, 0), due(unit_of_work, 0, lane="")) == ([], [1])
        move(unit_of_work, "", "client@example.com")
        assert due(unit_of_work, 0, lane="client@example.com") == [1]

    def test_lanes_with_something_due_are_listed_once(self, unit_of_work: UnitOfWork) -> None:
        hosts = ["c", "a", "b", "a", "d"]
        keep(unit_of_work, *(a_hooked(number, hook_to(host)) for number, host in enumerate(hosts, 1)))
        assert due_lanes(unit_of_work) == []
        finish(unit_of_work, 1, 2, 3)
        finish(unit_of_work, 4, minutes=-1)
        finish(unit_of_work, 5, minutes=1)
        assert due_lanes(unit_of_work, minutes=-1) == ["default@a"]
        assert due_lanes(unit_of_work) == ["default@a", "default@b", "default@c"]
        assert due_lanes(unit_of_work, limit=2) == ["default@a", "default@b"]
        assert due_lanes(unit_of_work, "default@b", minutes=1) == ["default@c", "default@d"]
        move(unit_of_work, "default@b", "")
        assert due_lanes(unit_of_work) == ["default@a", "default@c"]


def hook_to(host: str) -> Webhook:
    return Webhook(WebhookUrl(f"http://{host}/"))


def move(unit_of_work: UnitOfWork, lane: str, to: str) -> None:
    """Give the deliveries of a lane another lane."""
    with unit_of_work.begin() as tx:
        for delivery in tx.webhook_deliveries.lock_due(NOON, 9, lane):
            delivery.lane = to
            tx.webhook_deliveries.save(delivery)
        tx.commit()


def due_lanes(unit_of_work: UnitOfWork, after: str = "", limit: int = 9, minutes: int = 0) -> list[str]:
    """The lanes that have something due so many minutes after noon."""
    with unit_of_work.read() as committed:
        return committed.webhook_deliveries.due_lanes(NOON + minutes * MINUTE, after, limit)
