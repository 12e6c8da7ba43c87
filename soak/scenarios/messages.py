"""Faults of the messages."""

import signal
import time
from collections.abc import Sequence
from functools import partial
from uuid import UUID

from pika.adapters.blocking_connection import BlockingChannel

from adapters.rabbitmq.codec import encode, properties
from domain.job import Job
from soak.audit import Audit
from soak.load import Pace
from soak.scenario_run import ScenarioRun
from soak.system import Layout, System
from tests.harness.service import eventually

_RATE = 40.0
_MOST_COPIES = 5


def lost_queue(run: ScenarioRun) -> None:
    """Purge and delete the queue. The loss is noticed when the queue is empty, so the end takes time here."""
    with run.system(Layout(workers=1), republish_seconds=2, concurrency=1) as system:
        taken = [0, 0]
        with run.load(system.urls, Pace(_RATE, most=100_000)) as load:
            for number in range(run.times(6, 30)):
                time.sleep(2)
                # While the worker stands still, messages gather in the queue.
                system.workers[0].send(signal.SIGSTOP)
                time.sleep(2)
                deletes = number % 2
                taken[deletes] += system.on_channel(partial(_lose, system.broker.queues, deletes))
                system.workers[0].send(signal.SIGCONT)
            load.stop()
        run.settle(system, load)
        run.figures["messages purged / deleted"] = " / ".join(map(str, taken))
        run.require(all(taken), "there was nothing in the queue to lose")


def _lose(queues: Sequence[str], deletes: int, channel: BlockingChannel) -> int:
    lose = channel.queue_delete if deletes else channel.queue_purge
    return sum(int(lose(queue).method.message_count) for queue in queues)


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
