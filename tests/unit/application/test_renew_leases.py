"""An engine keeps its attempts while it is at work, and loses them when it is silent."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

import pytest

from adapters.memory import FixedClock, LimitedRetry, MemoryClassifier
from adapters.memory.classifier import labels
from adapters.memory.database.unit_of_work import MemoryTransaction
from application.classify.renew_leases import RenewLeases
from application.ports.queue.job_queue import Delivery
from application.upkeep.recover_stalled import RecoverStalled
from domain.classification import Classification
from domain.errors import DatabaseUnavailable, InvalidInput, ModelUnavailable
from domain.prediction import Prediction
from domain.prediction_state import EXPIRED, PredictionStatus
from tests.harness.builders import NOON, a_prediction
from tests.unit.application.faulty_database import Fault, FaultyDatabase
from tests.unit.application.inference_world import RULES, InferenceWorld

T = TypeVar("T")

ALMOST_A_LEASE = RULES.lease * 0.9
MOST_RENEWALS = RenewLeases.CALL_LEASES * RenewLeases.PER_LEASE


class ClassifierWithEvents(MemoryClassifier):
    """Calls `event` at the beginning of each batch."""

    def __init__(self, event: Callable[[], object]) -> None:
        super().__init__({f"picture {n}".encode(): labels("dogsled") for n in (1, 2)})
        self._event = event

    def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput | None]:
        self._event()
        return super().classify(images)


def run_with(world: InferenceWorld, event: Callable[[], object]) -> None:
    """Run all queued jobs; `event` is called while they are classified."""
    world.engine(ClassifierWithEvents(event)).execute(world.receive())


def recover(world: InferenceWorld) -> int:
    use_case = RecoverStalled(
        unit_of_work=world.unit_of_work, publisher=world.queue, announcer=world.feed, clock=world.clock
    )
    return use_case.execute()


def change(world: InferenceWorld, event: Callable[[Prediction], None]) -> None:
    """Change prediction 1 in another process."""
    with world.unit_of_work.begin() as tx:
        locked = tx.predictions.lock([a_prediction().uuid])
        event(locked[0])
        tx.predictions.save(locked)
        tx.commit()


def test_a_batch_that_takes_many_leases_keeps_its_attempts() -> None:
    world = InferenceWorld(labels("dogsled"), labels("tabby"))
    recovered: list[int] = []

    def many_leases() -> None:
        for _ in range(10):
            world.clock.advance(ALMOST_A_LEASE)
            assert world.renew_leases() == 2
            recovered.append(recover(world))

    run_with(world, many_leases)
    assert recovered == [0] * 10
    assert [world.look_up(n).status for n in (1, 2)] == ["succeeded", "succeeded"]
    assert [world.look_up(n).attempts for n in (1, 2)] == [1, 1]


def test_without_attempts_nothing_is_asked() -> None:
    world = InferenceWorld()
    world.unit_of_work = database = FaultyDatabase()
    assert (world.renew_leases(), database.begun) == (0, 0)


def test_after_the_batch_nothing_is_renewed_however_it_ended() -> None:
    world = InferenceWorld(labels("dogsled"), ModelUnavailable())
    with pytest.raises(ModelUnavailable):
        world.run()
    assert world.renew_leases() == 0
    world.queue.drop_engine()
    run_with(world, lambda: None)
    assert world.renew_leases() == 0


def start_again(prediction: Prediction) -> None:
    prediction.start(NOON, RULES.lease, "squeezenet1_0")


@pytest.mark.parametrize(
    "event", [start_again, lambda p: p.requeue(NOON), lambda p: p.cancel(NOON)], ids=["again", "queued", "canceled"]
)
def test_an_attempt_that_does_not_count_any_more_is_not_renewed(event: Callable[[Prediction], None]) -> None:
    world = InferenceWorld(labels("dogsled"))

    def meanwhile() -> None:
        change(world, event)
        before = world.look_up(1)
        assert world.renew_leases() == 0
        assert world.look_up(1) == before

    run_with(world, meanwhile)


def test_the_newer_of_two_attempts_in_hand_is_renewed() -> None:
    world = InferenceWorld(labels("dogsled"))
    older = a_prediction()
    start_again(older)

    def meanwhile() -> None:
        world.clock.advance(ALMOST_A_LEASE)
        with world.in_hand.hold([older]):
            assert world.renew_leases() == 1
        assert world.look_up(1).due_at == world.clock.now() + RULES.lease

    change(world, start_again)
    world.clock.advance(RULES.lease)
    run_with(world, meanwhile)
    assert world.look_up(1).attempts == 2


def test_a_call_that_never_returns_loses_its_leases(caplog: pytest.LogCaptureFixture) -> None:
    world = InferenceWorld(labels("dogsled"), labels("tabby"))

    def hang() -> None:
        for _ in range(MOST_RENEWALS):
            assert world.renew_leases() == 2
        assert world.renew_leases() == 0
        world.clock.advance(RULES.lease)
        assert recover(world) == 2

    run_with(world, hang)
    [message] = caplog.messages
    assert message == "a call does not return: leases are not renewed any more"


def test_waiting_for_the_model_keeps_the_attempts_however_long_it_takes() -> None:
    world = InferenceWorld(labels("dogsled"))
    world.tries = 2 * MOST_RENEWALS
    tries_left = [ModelUnavailable()] * (world.tries - 1)

    def unavailable() -> None:
        world.clock.advance(ALMOST_A_LEASE)
        assert world.renew_leases() == 1
        assert recover(world) == 0
        if tries_left:
            raise tries_left.pop()

    run_with(world, unavailable)
    assert (world.look_up(1).status, world.look_up(1).attempts) == (PredictionStatus.SUCCEEDED, 1)


def test_a_result_counts_though_the_lease_was_lost_and_its_job_is_not_run_again() -> None:
    world = InferenceWorld(labels("dogsled"))

    def outage() -> None:
        world.clock.advance(RULES.lease)
        assert recover(world) == 1

    run_with(world, outage)
    assert (world.look_up(1).status, world.look_up(1).attempts) == (PredictionStatus.SUCCEEDED, 1)
    world.run()  # the job that the recovery published
    assert world.classifier.batches == []
    world.queue.drop_engine()
    assert world.receive() == []


class SlowDatabase(FaultyDatabase):
    """It takes a lease until the next transaction begins."""

    def __init__(self, clock: FixedClock) -> None:
        super().__init__()
        self._clock = clock

    @contextmanager
    def begin(self) -> Iterator[MemoryTransaction]:
        self._clock.advance(RULES.lease)
        with super().begin() as tx:
            yield tx


def test_a_beginning_that_is_confirmed_late_has_a_whole_lease() -> None:
    world = InferenceWorld()
    world.unit_of_work = database = SlowDatabase(world.clock)
    world.submit(a_prediction())
    world.tries, database.faults = 2, [Fault.LOST_AFTER]
    leases_run: list[bool] = []
    run_with(world, lambda: leases_run.append(world.look_up(1).lease_runs_at(world.clock.now())))
    assert leases_run == [True]
    assert (world.look_up(1).status, world.look_up(1).attempts) == (PredictionStatus.SUCCEEDED, 1)


def test_an_end_without_an_attempt_that_is_confirmed_late_needs_no_lease() -> None:
    world = InferenceWorld()
    world.unit_of_work = database = SlowDatabase(world.clock)
    world.submit(a_prediction(expires_at=NOON))
    world.tries, database.faults = 2, [Fault.LOST_AFTER]
    world.run()
    assert (world.look_up(1).failure, world.look_up(1).due_at) == (EXPIRED, None)
    assert world.classifier.batches == []


class RenewingRetry(LimitedRetry):
    """Renews the leases after each failure."""

    def __init__(self, world: InferenceWorld) -> None:
        super().__init__()
        self._world = world
        self.renewed: list[int] = []

    def until_available(self, action: Callable[[], T]) -> T:
        try:
            return action()
        except DatabaseUnavailable:
            self.renewed.append(self._world.renew_leases())
            return action()


def test_the_attempts_are_in_hand_while_their_results_wait_for_the_database() -> None:
    world = InferenceWorld(labels("dogsled"))
    world.unit_of_work = database = FaultyDatabase()
    world.submit(a_prediction())
    retry = RenewingRetry(world)
    engine = world.engine()
    engine = replace(engine, attempts=replace(engine.attempts, retry=retry))
    database.faults = [Fault.NONE, Fault.AWAY]
    engine.execute(world.receive())
    assert retry.renewed == [1]


def take_up_elsewhere(world: InferenceWorld, waited: float) -> int:
    """Deliver the job of prediction 1 again, to another engine, after `waited` leases; return the attempts."""
    job = a_prediction().job
    world.engine().execute([Delivery(job, redelivered=True, waited=waited * RULES.lease)])
    return world.look_up(1).attempts


@pytest.mark.parametrize(("waited", "attempts"), [(0.6, 1), (0.4, 2)])
def test_a_lease_renewed_since_its_job_was_delivered_again_counts(waited: float, attempts: int) -> None:
    world = InferenceWorld(labels("dogsled"))
    found: list[int] = []

    def meanwhile() -> None:
        world.clock.advance(RULES.lease / 2)
        assert world.renew_leases() == 1
        world.clock.advance(RULES.lease / 2)
        found.append(take_up_elsewhere(world, waited))

    run_with(world, meanwhile)
    assert found == [attempts]
