from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory import FixedClock, MemoryJobQueue, MemoryUnitOfWork
from application.ports.queue.lane_gauge import LaneReading
from application.turns.held_jobs import HeldJobs
from application.turns.lane_allowance import LaneAllowance
from application.turns.publication import AllowedPublication, UnlimitedPublication
from domain.access.owner import Owner
from domain.errors import QueueUnavailable
from domain.prediction import Prediction
from domain.priority import Priority
from tests.contracts.unit_of_work import keep
from tests.harness.builders import NOON, a_prediction

GRACE = timedelta(seconds=2)
FIRST = LaneAllowance.FIRST


def a_publication(queue: MemoryJobQueue, unit_of_work: MemoryUnitOfWork | None = None) -> AllowedPublication:
    rows = MemoryUnitOfWork() if unit_of_work is None else unit_of_work
    return AllowedPublication(queue, HeldJobs(unit_of_work=rows, clock=FixedClock(NOON), grace=GRACE))


def held(publication: AllowedPublication, *predictions: Prediction) -> list[int]:
    return sorted(uuid.int for uuid in publication.hold_back(predictions))


def test_as_many_are_published_as_there_is_room_for() -> None:
    queue = MemoryJobQueue()
    publication = a_publication(queue)
    publication.renew()
    predictions = [a_prediction(n) for n in range(1, FIRST + 3)]
    assert held(publication, *predictions) == [FIRST + 1, FIRST + 2]
    queue.publish([prediction.job for prediction in predictions[:FIRST]])
    publication.renew()
    assert held(publication, a_prediction(100)) == [100]


def test_what_is_held_back_is_due_for_the_relay_at_once() -> None:
    publication = a_publication(MemoryJobQueue())
    publication.renew()
    predictions = [a_prediction(n) for n in range(1, FIRST + 2)]
    publication.hold_back(predictions)
    assert [p.due_at for p in predictions] == [NOON] * FIRST + [NOON - GRACE]


def test_each_lane_has_room_of_its_own() -> None:
    publication = a_publication(MemoryJobQueue())
    publication.renew()
    held(publication, *(a_prediction(n) for n in range(1, FIRST + 1)))
    assert held(publication, a_prediction(1001), a_prediction(1002, priority=Priority(9))) == [1001]


def test_a_lane_of_several_priorities_has_room_for_all_of_them_together() -> None:
    class TwoLanes(MemoryJobQueue):
        def read_lanes(self) -> list[LaneReading]:
            levels = [Priority(level) for level in range(10)]
            return [LaneReading(levels[5:], 0, None), LaneReading(levels[:5], 0, None)]

    publication = a_publication(TwoLanes())
    publication.renew()
    predictions = [a_prediction(n, priority=Priority(5 + n % 5)) for n in range(1, FIRST + 2)]
    assert held(publication, *predictions) == [FIRST + 1]


def test_before_the_first_look_all_are_published_and_none_is_lost_while_the_broker_is_away() -> None:
    queue = MemoryJobQueue()
    publication = a_publication(queue)
    assert held(publication, *(a_prediction(n) for n in range(1, 2 * FIRST))) == []
    publication.renew()
    queue.disconnect()
    with pytest.raises(QueueUnavailable):
        publication.renew()
    # The relay publishes them when it is back.
    assert len(held(publication, *(a_prediction(n) for n in range(1, 2 * FIRST)))) == FIRST - 1


def test_nothing_new_goes_before_what_is_held_back_in_its_lane_though_there_is_room() -> None:
    rows = MemoryUnitOfWork()
    publication = a_publication(MemoryJobQueue(), rows)
    publication.renew()
    # The first is on its way to the queue, the second was held back by some process.
    keep(rows, a_prediction(1, priority=Priority(9)), a_prediction(2, due_at=NOON - GRACE))
    publication.renew()
    assert held(publication, a_prediction(3), a_prediction(4, priority=Priority(9))) == [3]
    with rows.begin() as tx:
        tx.outbox.mark_published([UUID(int=2)], NOON)
        tx.commit()
    publication.renew()
    assert held(publication, *(a_prediction(n) for n in range(1, FIRST + 1))) == []


def test_the_held_jobs_are_counted() -> None:
    rows = MemoryUnitOfWork()
    keep(rows, a_prediction(1), a_prediction(2, due_at=NOON - GRACE), a_prediction(3, due_at=NOON - 2 * GRACE))
    assert HeldJobs(unit_of_work=rows, clock=FixedClock(NOON), grace=GRACE).count() == 2


def test_unlimited() -> None:
    publication = UnlimitedPublication()
    publication.renew()
    assert publication.hold_back([a_prediction(n) for n in range(1, 1000)]) == frozenset()


def test_a_look_after_another_goes_on_with_the_same_allowance() -> None:
    queue = MemoryJobQueue()
    publication = a_publication(queue)
    for expected in (FIRST, 2 * FIRST, 4 * FIRST):
        publication.renew()
        many = [a_prediction(n, owner=Owner("a")) for n in range(1, 1001)]
        assert len(publication.hold_back(many)) == 1000 - expected
