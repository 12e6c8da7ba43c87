"""Contract of a job queue that knows the owners of its jobs: they take turns."""

from abc import abstractmethod
from collections import Counter

import pytest

from domain.access.owner import Owner
from domain.priority import ORDINARY, Priority
from tests.contracts.job_queue import NOT_LONG, Deployment, numbers
from tests.contracts.unit_of_work import MINUTE
from tests.harness.builders import NOON, a_prediction

# The jobs of owner n have the numbers from 1000 n on.
EACH = 1000


def submit(world: Deployment, owner: int, count: int, level: int = ORDINARY.level) -> None:
    """Jobs of an owner, who comes the later the higher its number."""
    first = owner * EACH
    predictions = [
        a_prediction(n, owner=Owner(f"owner-{owner:03}"), priority=Priority(level), due_at=NOON + owner * MINUTE)
        for n in range(first, first + count)
    ]
    world.commit(*predictions)
    world.publisher.publish([prediction.job for prediction in predictions])


def take(world: Deployment, count: int, limit: int) -> list[int]:
    """Numbers of the next jobs, which are done at once."""
    order: list[int] = []
    while len(order) < count:
        deliveries = world.receive(min(limit, count - len(order)), NOT_LONG)
        world.finish(*deliveries)
        world.queue.acknowledge(deliveries)
        order += numbers(deliveries)
    return order


def owners(order: list[int]) -> list[int]:
    return [number // EACH for number in order]


@pytest.mark.parametrize("limit", [1, 3, 8])
class OwnerTurnsContract:
    @pytest.fixture
    @abstractmethod
    def world(self) -> Deployment:
        """An empty queue."""

    def test_a_latecomer_waits_for_few_jobs_of_another_owner(self, world: Deployment, limit: int) -> None:
        submit(world, 1, 60)
        take(world, 10, limit)
        submit(world, 2, 3)
        assert owners(take(world, 2 * limit + 8, limit)).count(2) == 3

    def test_owners_get_equal_shares_and_each_its_jobs_in_their_order(self, world: Deployment, limit: int) -> None:
        for owner in (1, 2, 3):
            submit(world, owner, 30)
        order = take(world, 48, limit)
        assert set(Counter(owners(order)).values()) <= {15, 16, 17}
        for owner in (1, 2, 3):
            own = [number for number in order if number // EACH == owner]
            assert own == list(range(owner * EACH, owner * EACH + len(own)))
        take(world, 90 - 48, limit)
        assert world.receive(1, NOT_LONG) == []

    def test_more_owners_than_a_batch_has_pictures(self, world: Deployment, limit: int) -> None:
        for owner in range(1, 21):
            submit(world, owner, 4)
        order = owners(take(world, 40, limit))
        assert max(Counter(order[:20]).values()) <= 2
        assert set(order[:24]) == set(range(1, 21))
        take(world, 40, limit)
        assert world.receive(1, NOT_LONG) == []

    def test_the_more_urgent_of_another_owner_goes_first(self, world: Deployment, limit: int) -> None:
        submit(world, 1, 40)
        submit(world, 2, 10, level=9)
        submit(world, 3, 10, level=7)
        order = owners(take(world, 24, limit))
        assert order.count(1) <= 24 // 8 + 3
        assert [owner for owner in order[:16] if owner != 1].count(2) >= 10 - 1

    def test_urgent_jobs_do_not_keep_another_owner_from_the_longest_waiting_ones(
        self, world: Deployment, limit: int
    ) -> None:
        submit(world, 1, 60, level=9)
        submit(world, 2, 2, level=0)
        order = owners(take(world, 40, limit))
        assert order.count(2) == 2
        assert 2 in order[:16]

    def test_what_is_in_hand_is_not_handed_out_again(self, world: Deployment, limit: int) -> None:
        submit(world, 1, 20)
        submit(world, 2, 20)
        held: list[int] = []
        while deliveries := world.receive(limit, NOT_LONG):
            held += numbers(deliveries)
        assert sorted(held) == [*range(1000, 1020), *range(2000, 2020)]
