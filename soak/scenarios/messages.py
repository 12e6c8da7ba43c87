"""Faults of the messages."""

import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from uuid import UUID

from pika.adapters.blocking_connection import BlockingChannel

from adapters.rabbitmq.codec import encode, properties
from domain.job import Job
from soak.audit import Audit
from soak.leaks import cpu_seconds
from soak.load import Load, Pace
from soak.pictures import Picture
from soak.scenario_run import UNPUBLISHED, ScenarioRun
from soak.system import Layout, System, special_worker
from tests.harness.crashing_worker import POISON
from tests.harness.service import eventually

_MOST_COPIES = 5
_GIVEN_UP = "failed:attempts_exhausted"
_LATER_VERSION = b'{"version": 2, "pictures": []}'
# Long enough to tell a worker that waits from one that is given the same message again and again.
_IDLE_SECONDS = 5.0


def duplicates(run: ScenarioRun) -> None:
    """Deliver copies of a job while it waits, while it is in work, and when it is long done."""
    with run.system(Layout(workers=3), concurrency=1) as system:
        copied: dict[UUID, int] = {}
        with run.load(system.urls, Pace(20, most=run.times(400, 4000))) as load:
            while len(run.ledger) < run.times(400, 4000) and not load.is_over:
                _copy(run, system, [job for job in system.jobs() if job.uuid not in copied], copied)
                time.sleep(0.05)
        audit = Audit(system.urls, run.ledger.entries())
        audit.wait(120)
        _copy(run, system, system.jobs(), copied)
        eventually(lambda: system.on_channel(partial(_is_empty, system.broker.queues)))
        changed = audit.counts().duplicated
        run.settle(system, load)
        run.counts.duplicated += changed
        run.figures["copies beside the first"] = sum(copied.values())


def _copy(run: ScenarioRun, system: System, jobs: list[Job], copied: dict[UUID, int]) -> None:
    def publish(channel: BlockingChannel) -> None:
        for job in jobs:
            copies = run.generator.randrange(_MOST_COPIES)
            for _ in range(copies):
                channel.basic_publish("", system.broker.queue_of(job.priority), encode(job), properties(job))
            copied[job.uuid] = copied.get(job.uuid, 0) + copies

    system.on_channel(publish)


def _is_empty(queues: Sequence[str], channel: BlockingChannel) -> bool:
    return all(channel.queue_declare(queue, passive=True).method.message_count == 0 for queue in queues)


def dead_letters(run: ScenarioRun) -> None:
    """Kill the engine after it has given pictures up and before their batch is over; add messages of a later version.

    Half of the pictures have no attempts left: they are given up in the transaction that starts the others of their
    batch, every fifth of which kills the engine.
    """
    good = run.pictures
    with run.system(Layout(workers=0), republish_seconds=2, lease_seconds=10) as system:
        run.pictures = [Picture(picture.data, _GIVEN_UP) for picture in good]
        _submit(run, system, run.times(20, 200))
        system.execute("UPDATE predictions SET attempts = 3")
        run.pictures = [*good[:4], Picture(good[4].data + POISON, _GIVEN_UP)]
        load = _submit(run, system, run.times(50, 500))
        system.on_channel(partial(_publish_later_version, system.broker.queues))
        workers = [system.add_worker(special_worker("crashing_worker.py")) for _ in range(2)]
        run.settle(system, load)
        run.figures["engine deaths"] = sum(worker.starts - 1 for worker in workers)
        _check_that_later_version_is_left_alone(run, system)


def _submit(run: ScenarioRun, system: System, most: int) -> Load:
    """Return when so many have been accepted in all, and are in the queue."""
    with run.load(system.urls, Pace(20, most=most)) as load:
        load.wait()
    eventually(lambda: system.rows(UNPUBLISHED)[0][0] == 0)
    return load


def _publish_later_version(queues: Sequence[str], channel: BlockingChannel) -> None:
    for queue in queues:
        channel.basic_publish("", queue, _LATER_VERSION)


def _check_that_later_version_is_left_alone(run: ScenarioRun, system: System) -> None:
    used = sum(cpu_seconds(worker.pid) for worker in system.workers)
    time.sleep(_IDLE_SECONDS)
    used = sum(cpu_seconds(worker.pid) for worker in system.workers) - used
    system.stop_workers()
    sent = len(system.broker.queues)
    with suppress(TimeoutError):
        # The broker takes back what a worker had a moment after it has left.
        eventually(lambda: system.messages() == sent, seconds=10)
    left = system.messages()
    run.figures["idle workers' share of a core"] = f"{used / _IDLE_SECONDS:.0%}"
    run.figures["messages of a later version sent / left"] = f"{sent} / {left}"
    run.require(left == sent, f"{sent - left} messages of a later version were taken away")
    run.require(used < _IDLE_SECONDS / 4, "the workers are busy with messages of a later version")
