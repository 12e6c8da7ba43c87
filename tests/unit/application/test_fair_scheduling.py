from dataclasses import replace

from application.classify.fair_scheduling import LONGEST_WAITING_EVERY, FairQueue, longest_waiting_picks
from application.ports.queue.job_queue import Delivery
from domain.priority import Priority
from tests.harness.builders import a_prediction


def waiting(*levels: int) -> FairQueue:
    """Jobs 1, 2, 3, ... with these priorities, in the order of arrival."""
    jobs = FairQueue()
    for number, level in enumerate(levels, 1):
        jobs.add(Delivery(replace(a_prediction(number).job, priority=Priority(level))))
    return jobs


def taken(jobs: FairQueue, limit: int) -> list[int]:
    return [delivery.job.uuid.int for delivery in jobs.take(limit)]


def test_the_most_urgent_goes_first_and_equally_urgent_ones_first_in_first_out() -> None:
    jobs = waiting(5, 0, 9, 5, 9)
    assert len(jobs) == 5
    assert taken(jobs, 3) == [3, 5, 1]
    assert taken(jobs, 9) == [4, 2]
    assert taken(jobs, 9) == []
    assert len(jobs) == 0


def test_every_eighth_taken_is_the_longest_waiting() -> None:
    jobs = waiting(1, 0, *[9] * 20)
    order = taken(jobs, 22)
    assert (order[LONGEST_WAITING_EVERY - 1], order[2 * LONGEST_WAITING_EVERY - 1]) == (1, 2)
    assert [number for number in order if number > 2] == list(range(3, 23))


def test_the_order_does_not_depend_on_the_number_of_calls() -> None:
    levels = [n * 7 % 10 for n in range(60)]
    together, alone = waiting(*levels), waiting(*levels)
    assert taken(together, 60) == [number for _ in range(60) for number in taken(alone, 1)]


def test_picks_by_waiting_time_are_counted_over_all_taken_jobs() -> None:
    assert [longest_waiting_picks(taken, 1) for taken in range(9)] == [0, 0, 0, 0, 0, 0, 0, 1, 0]
    assert longest_waiting_picks(0, 7) == 0
    assert longest_waiting_picks(7, 9) == 2
    assert longest_waiting_picks(3, 0) == 0


def test_clear_returns_all_in_the_order_of_arrival() -> None:
    jobs = waiting(5, 0, 9)
    assert [delivery.job.uuid.int for delivery in jobs.clear()] == [1, 2, 3]
    assert len(jobs) == 0
