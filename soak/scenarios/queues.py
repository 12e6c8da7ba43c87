"""Faults of the queues: emptied, deleted, and too long."""

import signal
import time
from collections.abc import Sequence
from datetime import UTC, timedelta
from functools import partial
from uuid import UUID

from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

from adapters.rabbitmq.codec import encode, properties
from adapters.rabbitmq.topology import Topology
from domain.image import ImageKey
from domain.job import Job
from domain.priority import Priority
from soak.load import Pace
from soak.scenario_run import UNFINISHED, UNPUBLISHED, ScenarioRun
from soak.system import Layout, System, special_worker
from tests.harness.service import eventually

_RATE = 40.0
# Less than a worker does, so that it always waits for the next message.
_MODERATE_RATE = 15.0
# Words of the log where a message is returned.
_RETURNED = "could not be routed"
# Longer than any outage that one would still call an outage.
_OLD = timedelta(hours=2)
_PUBLISHED = "SELECT count(*) FROM predictions WHERE published_at IS NOT NULL"


def lost_queue(run: ScenarioRun) -> None:
    """Purge and delete the queue. The loss is noticed when the queue is empty, so the end takes time here."""
    # In small batches, since a worker takes several batches ahead, which no queue can lose.
    with run.system(Layout(workers=1), republish_seconds=2, concurrency=1, batch_size=2) as system:
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


def deleted_queue(run: ScenarioRun) -> None:
    """Delete the queues and declare them again at once; RabbitMQ may then forget who consumes from them."""
    times = run.times(10, 100)
    with run.system(republish_seconds=2) as system:
        with run.load(system.urls, Pace(_MODERATE_RATE, most=1_000_000, seconds=3600)) as load:
            for _ in range(times):
                time.sleep(2)
                system.on_channel(partial(replace_queues, system.broker))
            load.stop()
        run.settle(system, load)
        run.figures["queues deleted"] = times * len(system.broker.queues)


def returned(run: ScenarioRun) -> None:
    """Delete the queues just before a batch is posted: the broker returns all of its jobs, which nobody has then.

    No worker runs meanwhile, so that every job that counts as published can be counted in the queues.
    """
    with run.system(Layout(workers=0), republish_seconds=2) as system:
        deleted, batches = 0, run.times(10, 100)
        for _ in range(batches):
            with run.load(system.urls, Pace(_RATE, most=1_000_000, seconds=1.0)) as load:
                load.wait()
            time.sleep(1)
            deleted += system.on_channel(partial(_lose, system.broker.queues, 1))
            run.submit_batch(system.urls[0])
            # The publisher comes back after a second or more, and declares the queues.
            eventually(lambda: system.on_channel(partial(_are_declared, system.broker.queues)))
        published = int(system.rows(_PUBLISHED)[0][0])
        astray = published - deleted - system.messages()
        system.add_worker()
        run.settle(system, load)
        run.figures["returned"] = sum(api.log.count(_RETURNED) for api in system.apis)
        run.figures["batches"] = batches
        run.require(astray <= 0, f"{astray} returned jobs counted as published")


def _are_declared(queues: Sequence[str], channel: BlockingChannel) -> bool:
    try:
        for queue in queues:
            channel.queue_declare(queue, passive=True)
    except ChannelClosedByBroker:
        return False
    return True


def old_backlog(run: ScenarioRun) -> None:
    """Let a slow worker work on jobs that were published two hours ago; they are not lost, only late."""
    with run.system(Layout(workers=0), republish_seconds=1) as system:
        with run.load(system.urls, Pace(100, most=run.times(600, 3000), seconds=3600)) as load:
            load.wait()
        eventually(lambda: system.rows(UNPUBLISHED)[0][0] == 0)
        system.execute(f"UPDATE predictions SET published_at = published_at - INTERVAL {_OLD.seconds} SECOND")
        system.on_channel(partial(_lose, system.broker.queues, 0))
        system.on_channel(partial(_publish_as_of_old, system))
        system.add_worker(special_worker("slow_worker.py", 0.5, 1.0))
        time.sleep(run.times(15, 60))
        # What it has in work it finishes; every job that is left is then in a queue.
        system.stop_workers()
        left = int(system.rows(UNFINISHED)[0][0])
        copies = system.messages() - left
        system.add_worker()
        run.settle(system, load)
        run.figures["left by the slow worker"] = left
        run.figures["copies"] = copies
        run.require(left > 0, "the slow worker was too quick")
        run.require(copies <= 0, f"{copies} jobs were published again")


def _publish_as_of_old(system: System, channel: BlockingChannel) -> None:
    """Publish every prediction with the time that its row has."""
    rows = system.rows("SELECT uuid, img, model, priority, published_at FROM predictions ORDER BY published_at")
    for uuid, image, model, level, published_at in rows:
        job = Job(UUID(uuid), ImageKey(image), model, Priority(level))
        made = properties(job, published_at=published_at.replace(tzinfo=UTC))
        channel.basic_publish("", system.broker.queue_of(job.priority), encode(job), made)


def replace_queues(broker: Topology, channel: BlockingChannel) -> None:
    """Delete each queue of jobs, and declare it again within milliseconds."""
    arguments = {given["queue"]: given for method, given in broker.declarations() if method == "queue_declare"}
    for queue in broker.queues:
        channel.queue_delete(queue)
        channel.queue_declare(**arguments[queue])


def _lose(queues: Sequence[str], deletes: int, channel: BlockingChannel) -> int:
    lose = channel.queue_delete if deletes else channel.queue_purge
    return sum(int(lose(queue).method.message_count) for queue in queues)
