"""The arithmetic of the soak test; no fault is injected here."""

import os
import subprocess
from itertools import count
from pathlib import Path

import pytest

from soak.audit import Audit
from soak.leaks import Sampler, Slope, measure, slope


def _ended(status: str, label: str | None = None, code: str | None = None) -> dict[str, object]:
    return {"status": status, "prediction": label, "error": {"code": code}}


def test_a_good_picture_that_failed_is_told_from_another_label() -> None:
    audit = Audit([], {"good": "espresso", "bad": "failed:attempts_exhausted", "other": "espresso", "gone": "espresso"})
    audit.final = {
        "good": _ended("failed", code="image_missing"),
        "bad": _ended("failed", code="attempts_exhausted"),
        "other": _ended("succeeded", "teapot"),
        "gone": _ended("canceled", code="canceled"),
    }
    assert audit.wrongly_failed() == [("good", "image_missing")]
    counts = audit.counted(before={})
    assert (counts.lost, counts.failed, counts.wrong, counts.stuck) == (0, 1, 2, 0)


def test_a_slope_is_the_growth_in_an_hour() -> None:
    line = slope([(0, 100), (60, 101), (120, 102)])
    assert line.per_hour == pytest.approx(60)
    assert (line.first, line.last) == (100, 102)


def test_a_leak_adds_more_than_the_least_amount_and_more_than_its_share() -> None:
    assert Slope(21, 100, 121).is_leak(least=20)
    assert not Slope(19, 100, 119).is_leak(least=20)
    assert not Slope(21, 500, 521).is_leak(least=20)
    assert not Slope(-60, 100, 40).is_leak(least=20)


def test_a_process_that_was_started_again_has_no_slope() -> None:
    seconds = count()
    sampler = Sampler(dict, lambda: next(seconds))
    for number in range(100):
        sampler.add("kept", {"threads": 5})
        sampler.add("killed" if number < 50 else "started again", {"threads": 5})
    assert [name for name, _ in sampler.slopes(warm_up=0)] == ["kept"]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are read from Linux's /proc")
def test_processes_are_measured_with_those_that_they_started() -> None:
    second = 0
    sampler = Sampler(lambda: {"this": os.getpid()}, lambda: second)
    with subprocess.Popen(["sleep", "60"]) as child:
        for second in range(3):  # noqa: B007 (read by the sampler)
            sampler.sample()
        child.kill()
    slopes = sampler.slopes(warm_up=0)
    assert slopes[f"this {child.pid}", "threads"].last == 1
    assert slopes["all processes", "threads"].last > slopes[f"this {os.getpid()}", "threads"].last


@pytest.mark.parametrize("pid", [0, 2**30])
def test_a_process_that_is_gone_has_nothing_to_measure(pid: int) -> None:
    assert measure(pid) == {}
