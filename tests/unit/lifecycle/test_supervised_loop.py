"""Threads that survive every error."""

import threading
from collections.abc import Callable

import pytest

import adapters.lifecycle.supervised_loop
from adapters.lifecycle.backoff import Backoff
from adapters.lifecycle.supervised_loop import LoopGroup, SupervisedLoop
from domain.errors import QueueUnavailable
from tests.harness.service import eventually


class Panic(BaseException):
    """Stands for the panic of a Rust extension, which is no Exception."""


class Steps:
    """Raises these errors one after the other, then works, and waits for more work."""

    def __init__(self, *errors: BaseException) -> None:
        self._errors = list(errors)
        self.worked = threading.Event()
        self.more_work = threading.Event()

    def __call__(self) -> None:
        if self._errors:
            raise self._errors.pop(0)
        self.worked.set()
        self.more_work.wait()


@pytest.mark.parametrize("error", [ArithmeticError(), QueueUnavailable(), SystemExit(), Panic(), MemoryError()])
def test_goes_on_after_an_error(error: BaseException) -> None:
    step = Steps(error, error)
    loop = SupervisedLoop("worker", step, wake=step.more_work.set)
    loop.start()
    assert step.worked.wait(20)
    loop.stop()


def test_an_unexpected_error_is_reported_until_a_step_succeeds(caplog: pytest.LogCaptureFixture) -> None:
    error, step = ArithmeticError(), Steps()
    allowed = threading.Event()

    def fail_until_allowed() -> None:
        if not allowed.is_set():
            raise error
        step()

    loop = SupervisedLoop("worker", fail_until_allowed, wake=step.more_work.set)
    loop.start()
    assert eventually(lambda: loop.failure is error, seconds=20)
    allowed.set()
    step.more_work.set()  # so that a step returns
    assert eventually(lambda: loop.failure is None, seconds=20)
    loop.stop()
    [record, *_] = [record for record in caplog.records if record.exc_info]
    assert record.__dict__["part"] == "worker"


def test_a_step_that_runs_steadily_has_recovered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters.lifecycle.supervised_loop, "_STEADY_SECONDS", 0.01)
    step = Steps(ArithmeticError())
    loop = SupervisedLoop("worker", step, wake=step.more_work.set)
    loop.start()
    assert step.worked.wait(20)
    assert eventually(lambda: loop.failure is None, seconds=20)  # though the step has not returned
    loop.stop()


def test_an_unavailable_dependency_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    step = Steps(QueueUnavailable())
    loop = SupervisedLoop("worker", step, wake=step.more_work.set)
    loop.start()
    assert step.worked.wait(20)
    assert loop.failure is None
    loop.stop()
    assert caplog.messages == ["a dependency is unavailable"]


def fails() -> None:
    raise ArithmeticError


@pytest.mark.parametrize("step", [fails, threading.Event().wait])
def test_stopping_wakes_it(step: Callable[[], object]) -> None:
    """From the pause after an error, and from a step that blocks."""
    owner = getattr(step, "__self__", None)
    loop = SupervisedLoop("worker", step, wake=owner.set if owner else lambda: None)
    loop._backoff = Backoff(first=3600, last=3600)
    loop.start()
    loop.stop()


def test_what_was_never_started_can_be_stopped() -> None:
    LoopGroup([SupervisedLoop("worker", fails)]).stop()


def test_a_group_stops_together_and_reports_any_failure() -> None:
    steps = [Steps(), Steps(ArithmeticError())]
    loops = [SupervisedLoop(f"worker-{n}", step, wake=step.more_work.set) for n, step in enumerate(steps)]
    group = LoopGroup(loops)
    group.start()
    assert all(step.worked.wait(20) for step in steps)
    assert isinstance(group.failure, ArithmeticError)
    group.stop()
