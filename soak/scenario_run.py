"""One run of a scenario: its folder, system, clients and findings."""

import base64
import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy.exc import DBAPIError

from application.accept.submit_predictions import SubmitPredictions
from soak.audit import Audit, Counts
from soak.ledger import Ledger
from soak.load import Load, Pace
from soak.pictures import Picture
from soak.system import Layout, Servers, System

# After the last fault; by then leases, back-offs and republishing are over.
_DRAIN_SECONDS = 240.0

_IN_WORK = "SELECT uuid, attempts FROM predictions WHERE status = 'processing'"
UNPUBLISHED = "SELECT count(*) FROM predictions WHERE status = 'queued' AND published_at IS NULL"
UNFINISHED = "SELECT count(*) FROM predictions WHERE status IN ('queued', 'processing')"


@dataclass
class ScenarioRun:
    """One scenario's folder, ledger and findings.

    Args:
        folder: empty.
        servers: what the system runs on.
        pictures: what to send.
        long: many repetitions instead of a few.
    """

    folder: Path
    servers: Servers
    pictures: Sequence[Picture]
    long: bool
    figures: dict[str, object] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    kills: "list[Kill]" = field(default_factory=list)
    generator: random.Random = field(default_factory=lambda: random.Random(7))

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.ledger = Ledger(self.folder / "ledger")

    def system(self, layout: Layout = Layout(), **settings: object) -> System:  # noqa: B008 (frozen)
        """A system of its own."""
        return System(self.folder, self.servers, layout, settings)

    def load(self, urls: Sequence[str], pace: Pace, *, keep_alive: bool = True) -> Load:
        """Clients that write into the ledger."""
        return Load(urls, self.ledger, self.pictures, pace, keep_alive=keep_alive)

    def submit_batch(self, url: str) -> None:
        """Submit as many pictures as one request takes."""
        pictures = list(itertools.islice(itertools.cycle(self.pictures), SubmitPredictions.MAX_PICTURES))
        images = [
            {"name": "", "data": base64.b64encode(picture.data).decode(), "priority": number % 10}
            for number, picture in enumerate(pictures)
        ]
        answer = httpx.post(f"{url}/inference/images", json={"images": images}, timeout=30).raise_for_status()
        for accepted, picture in zip(answer.json()["predictions"], pictures, strict=True):
            self.ledger.write(accepted["uuid"], picture.expected)

    def times(self, few: int, many: int) -> int:
        """Number of repetitions in this run."""
        return many if self.long else few

    def kill(self, system: System, kill: Callable[[], None]) -> None:
        """Kill a process, and remember the predictions that were in work."""
        try:
            in_work = dict(system.rows(_IN_WORK))
        except DBAPIError:
            in_work = {}  # the database is down as well
        self.kills.append(Kill(time.time(), in_work))
        kill()

    def settle(self, system: System, load: Load, since: float | None = None) -> Audit:
        """Wait for the end of everything, look it all up, and note what is the same for every scenario.

        Args:
            since: when the last fault was over; None for the end of the load.
        """
        load.wait()
        ended = since or time.time()
        audit = Audit(system.urls, self.ledger.entries())
        audit.wait(_DRAIN_SECONDS)
        broken, self.counts = self.counts.broken, audit.counts()
        self.counts.broken = broken
        self.counts.stuck += self._unfinished_others(system)
        self._note_failures(audit)
        self._check_dead_letters(system, audit)
        self.figures["drain s"] = round(max(0.0, audit.last_finished_at() - ended), 1)
        self._note_posts("POST ms", load.seconds())
        self._note_refusals(load)
        self._note_kills(audit)
        self.figures["attempts"] = _histogram(audit.attempts())
        return audit

    def note_posts(self, what: str, load: Load, since: float, until: float) -> None:
        """Note the durations of a time span's accepted posts."""
        self._note_posts(f"POST ms {what}", load.seconds(since, until))

    def require(self, kept: bool, promise: str) -> None:
        """Count a promise that was not kept."""
        if not kept:
            self.counts.broken.append(promise)

    def _unfinished_others(self, system: System) -> int:
        # Accepted, but the answer was cut off, so that no client knows their uuids: they end all the same.
        give_up_at = time.monotonic() + (_DRAIN_SECONDS if not self.counts.stuck else 0)
        while (unfinished := int(system.rows(UNFINISHED)[0][0])) and time.monotonic() < give_up_at:
            time.sleep(0.5)
        return max(0, unfinished - self.counts.stuck)

    def _check_dead_letters(self, system: System, audit: Audit) -> None:
        dead, others = system.take_dead_letters()
        failed = {uuid for uuid, body in audit.final.items() if body["status"] == "failed"}
        given_up = {uuid for uuid in failed if audit.final[uuid]["error"]["code"] == "attempts_exhausted"}
        self.counts.duplicated += sum(uuid in audit.final and uuid not in given_up for uuid in dead)
        self.require(given_up <= set(dead), f"{len(given_up - set(dead))} given up without a dead letter")
        self.require(others == 0, f"{others} messages that are no jobs of ours among the dead letters")
        if dead:
            self.figures["dead letters"] = len(dead)

    def _note_failures(self, audit: Audit) -> None:
        if reasons := [code for _, code in audit.wrongly_failed()]:
            self.figures["failed because"] = _histogram(reasons)

    def _note_posts(self, what: str, seconds: Sequence[float]) -> None:
        self.figures[f"{what} p50/p99/max"] = " / ".join(f"{1000 * s:.0f}" for s in quantiles(seconds))

    def _note_refusals(self, load: Load) -> None:
        if refused := load.refusals():
            self.figures["posts not accepted"] = ", ".join(
                f"{count} x {status or 'no answer'}" for status, count in refused.items()
            )

    def _note_kills(self, audit: Audit) -> None:
        if not self.kills:
            return
        taken_over = [seconds for kill in self.kills for seconds in kill.to_results(audit)]
        p50, p99, _ = quantiles(taken_over)
        self.figures["in work when killed"] = len(taken_over)
        self.figures["kill to result s p50/p99"] = f"{p50:.1f} / {p99:.1f}"


@dataclass(frozen=True, slots=True)
class Kill:
    """Time of a kill, and the attempts that were under way in the whole system."""

    at: float
    in_work: dict[str, int]

    def to_results(self, audit: Audit) -> Iterator[float]:
        """Seconds until the results of those that another attempt had to finish: they were the victim's."""
        for uuid, attempts in self.in_work.items():
            end = audit.finished_at(uuid)
            if end and audit.final[uuid]["attempts"] > attempts:
                yield end - self.at


@contextmanager
def repeatedly(seconds: float, action: Callable[[], Any]) -> Iterator[None]:
    """Do `action` every so many seconds while the context is entered."""
    done = threading.Event()
    failures: list[BaseException] = []

    def repeat() -> None:
        try:
            while not done.wait(seconds):
                action()
        except BaseException as failure:
            failures.append(failure)

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    if failures:
        raise failures[0]


def quantiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Median, 99th percentile and maximum; NaN where there are none."""
    if not values:
        return (float("nan"),) * 3
    ordered = sorted(values)
    return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))], ordered[-1]


def _histogram(values: Iterable[Any]) -> str:
    return ", ".join(f"{value}: {count}" for value, count in sorted(Counter(values).items()))
