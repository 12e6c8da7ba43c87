"""Rate and memory of a worker that drains a long queue, compared with a short one."""

import time
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from adapters.rabbitmq.codec import encode, properties
from benchmarks.bench import Bench
from benchmarks.figures import Figure, Target, median
from benchmarks.pictures import tiny_picture
from benchmarks.processes import resident_megabytes
from benchmarks.rows import multiply, uuid_of
from domain.image import ImageKey
from domain.job import Job
from tests.harness.service import ProductionService, eventually

_SHORT = 100
_RATE = Target("7", 0.95)
_GROWTH = Target("7", 1.05, at_most=True)
# Memory counts from here on: by then the worker has seen every size of batch.
_WARM_SHARE = 0.1

# The rows of one drain: in SQLite and MySQL datetimes compare as they should.
_UNFINISHED = "SELECT count(*) FROM predictions WHERE status IN ('queued', 'processing')"
_SPAN = "SELECT min(started_at), max(finished_at), sum(status <> 'succeeded') FROM predictions"


def measure(bench: Bench) -> list[Figure]:
    """A short queue that is kept short, the long one, and the short one again."""
    many, few = int(bench.full_or_quick(20_000, 300)), int(bench.full_or_quick(1_000, 200))
    before, _ = _drain(bench, few, _SHORT)
    long, memory = _drain(bench, many, many)
    after, _ = _drain(bench, few, _SHORT)
    short = (before + after) / 2
    figures = [
        Figure(f"drain of a queue kept at {_SHORT}, tiny pictures", short, "images/s"),
        Figure(f"drain of a queue of {many:,}, tiny pictures", long, "images/s", long / short, "short queue", _RATE),
    ]
    for name, sizes in memory.items():
        warm = sizes[int(_WARM_SHARE * len(sizes)) :]
        third = max(1, len(warm) // 3)
        ratio = median(warm[-third:]) / median(warm[:third])
        what = f"memory of the {name} in the last third of the drain"
        figures.append(Figure(what, median(warm[-third:]), "MB", ratio, "first third", _GROWTH))
    return figures


def _drain(bench: Bench, jobs: int, depth: int) -> tuple[float, dict[str, list[float]]]:
    """Have a worker classify `jobs` pictures, of which at most `depth` are in the broker's queue.

    Returns:
        pictures a second, and what memory each process had from second to second, in MB.
    """
    service = bench.production()
    try:
        service.start()
        service.wait_until_ready()
        feed = _feeder(service, _make_jobs(service, jobs), depth)
        feed()
        service.start_worker()
        memory = _watch(bench, service, feed)
        began, ended, failed = service.rows(_SPAN)[0]
    finally:
        service.stop()
    assert not failed, f"{failed} predictions did not succeed"
    return jobs / (ended - began).total_seconds(), memory


def _make_jobs(service: ProductionService, jobs: int) -> list[Job]:
    """One accepted picture, and the rows of many that share it."""
    service.submit(tiny_picture())
    # Once the broker has confirmed it, the row is left alone.
    eventually(lambda: service.rows("SELECT count(*) FROM predictions WHERE published_at IS NOT NULL")[0][0] == 1)
    image, model = service.rows("SELECT img, model FROM predictions")[0]
    multiply(service.database_url, jobs)
    return [Job(UUID(uuid_of(number)), ImageKey(image), model) for number in range(jobs)]


def _feeder(service: ProductionService, jobs: list[Job], depth: int) -> Callable[[], None]:
    """A function that fills the queue up to `depth` jobs whenever it is called."""
    queue = str(service.settings["queue_name"])
    left = iter(jobs)
    connection = pika.BlockingConnection(pika.URLParameters(str(service.settings["broker_url"]) + "?heartbeat=0"))
    channel = connection.channel()
    # The job of the picture that was really submitted; its row has another uuid now.
    channel.queue_purge(queue)

    def feed() -> None:
        missing = depth - _waiting(channel, queue)
        for job in (next(left, None) for _ in range(missing)):
            if job is None:
                return
            channel.basic_publish("", queue, encode(job), properties(job))

    return feed


def _waiting(channel: BlockingChannel, queue: str) -> int:
    return int(channel.queue_declare(queue, passive=True).method.message_count)


def _watch(bench: Bench, service: ProductionService, feed: Callable[[], None]) -> dict[str, list[float]]:
    """Feed until everything is done, and look at the processes meanwhile."""
    assert service.api
    processes = {
        "worker": service.workers[0].pid,
        "API": service.api.pid,
        "database": bench.database.pid,
        "broker": bench.broker.pid,
    }
    memory: dict[str, list[float]] = {name: [] for name in processes}
    while service.rows(_UNFINISHED)[0][0]:
        for name, pid in processes.items():
            memory[name].append(resident_megabytes(pid))
        # Short queues are fed several times between two looks at the processes.
        for _ in range(10):
            with suppress(AMQPError):
                feed()
            time.sleep(0.1)
    return memory
