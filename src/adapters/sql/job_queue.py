"""The embedded job queue: the rows of the predictions are the jobs.

Nothing is written to hand a job out: the queue remembers what is in an engine's hands, and the engine's own
first transaction puts the lease on the row. When the process dies its memory of hands goes with it; queued rows
are simply handed out again, and rows in work come back when their lease is over or the embedded mode starts.
"""

import threading
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, func, select

from adapters.sql.connections.database import Database
from adapters.sql.connections.index_hints import through
from adapters.sql.owner_turns import OwnerTurns, first_and_last_owners
from adapters.sql.schema.mapping import JOB_COLUMNS, to_job
from adapters.sql.schema.tables import predictions as table
from application.classify.fair_scheduling import longest_waiting_picks
from application.ports.health_check import HealthCheck
from application.ports.queue.job_queue import Delivery, JobConsumer, JobPublisher
from application.ports.queue.queue_gauge import QueueGauge, QueueReading
from domain.errors import QueueUnavailable
from domain.job import Job
from domain.prediction_state import PredictionStatus

# In which order rows come, and the index that has them in it.
Order = tuple[str, tuple[ColumnElement[Any], ...]]
MOST_URGENT: Order = ("ix_predictions_urgent", (table.c.priority.desc(), table.c.due_at, table.c.uuid))
LONGEST_DUE: Order = ("ix_predictions_due", (table.c.due_at, table.c.uuid))

_QUEUED = table.c.status == PredictionStatus.QUEUED.value


class SQLJobQueue(JobPublisher, JobConsumer, QueueGauge, HealthCheck):
    """Hands out queued predictions to the engines of this process.

    Publishing wakes a waiting engine, so nothing polls. As in a broker, all that is queued is due: a clock that is set
    back holds nothing up. While several owners wait they take turns, equally urgent jobs one by one, and so they do
    for every eighth job: it is the one that has waited longest of those of one owner.
    """

    name = "queue"
    is_connected = True

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changed = threading.Condition()
        self._in_hand: set[UUID] = set()
        self._turns = OwnerTurns()
        self._taken = 0
        self._closed = False

    def publish(self, jobs: Sequence[Job]) -> None:
        if jobs:  # a waiting engine looks into the database when it is woken
            with self._changed:
                self._changed.notify_all()

    def receive(self, limit: int, timeout: timedelta) -> list[Delivery]:
        give_up_at = time.monotonic() + timeout.total_seconds()
        with self._changed:
            while not self._closed:
                deliveries = self._take(limit)
                patience = give_up_at - time.monotonic()
                if deliveries or patience <= 0:
                    return deliveries
                self._changed.wait(patience)
        return []

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        if not deliveries:
            return
        with self._changed:
            self._in_hand.difference_update(delivery.job.uuid for delivery in deliveries)
            # One of them may be queued again already, while its engine still had it in hand.
            self._changed.notify_all()

    def reject(self, deliveries: Sequence[Delivery]) -> None:
        self.acknowledge(deliveries)

    def read(self) -> QueueReading:
        with self._changed:
            in_hand = [str(uuid) for uuid in self._in_hand]
        waiting = select(func.count()).select_from(table).where(_QUEUED, table.c.uuid.not_in(in_hand))
        with self._database.read() as connection:
            return QueueReading(connection.execute(waiting).scalar_one(), workers=0 if self._closed else 1)

    def check(self) -> None:
        if self._closed:
            raise QueueUnavailable

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _take(self, limit: int) -> list[Delivery]:
        with self._database.read() as connection:
            deliveries = self._next(connection, limit)
        self._in_hand.update(delivery.job.uuid for delivery in deliveries)
        self._taken += len(deliveries)
        return deliveries

    def _next(self, connection: Connection, limit: int) -> list[Delivery]:
        urgent = self._first(connection, MOST_URGENT, limit)
        if len(urgent) < limit:
            return urgent  # all that are queued, so that it is everybody's turn
        owners = first_and_last_owners(connection)
        if len({owner for pair in owners.values() for owner in pair}) > 1:
            return self._in_turn(connection, urgent, owners)
        if not (picks := longest_waiting_picks(self._taken, limit)):
            return urgent
        longest = self._first(connection, LONGEST_DUE, picks)
        return [*longest, *(delivery for delivery in urgent if delivery not in longest)][:limit]

    def _in_turn(self, connection: Connection, urgent: Sequence[Delivery], levels: Iterable[int]) -> list[Delivery]:
        """As many jobs as `urgent` has, which are the most urgent ones whoever owns them."""
        taken: dict[UUID, Delivery] = {}

        def take(jobs: Iterable[Any]) -> None:
            taken.update({UUID(job.uuid): _delivery(job) for job in jobs})

        for _ in range(longest_waiting_picks(self._taken, len(urgent))):
            take(self._turns.longest_waiting(connection, levels, self._in_hand | taken.keys()))
        # More urgent than the last one are only these; of those that are as urgent as it, there may be others.
        level = urgent[-1].job.priority
        taken.update({delivery.job.uuid: delivery for delivery in urgent if delivery.job.priority > level})
        left = len(urgent) - len(taken)
        take(self._turns.most_urgent(connection, level.level, left, self._in_hand | taken.keys()))
        return [*taken.values(), *(delivery for delivery in urgent if delivery.job.uuid not in taken)][: len(urgent)]

    def _first(self, connection: Connection, order: Order, limit: int) -> list[Delivery]:
        rows = connection.execute(queued_query(order, limit + len(self._in_hand))).all()
        queued = [_delivery(row) for row in rows]
        return [delivery for delivery in queued if delivery.job.uuid not in self._in_hand][:limit]


def _delivery(row: Any) -> Delivery:
    return Delivery(to_job(row), redelivered=row.attempts > 0)


def queued_query(order: Order, limit: int) -> Select[Any]:
    """The first queued rows."""
    index, columns = order
    query = select(*JOB_COLUMNS, table.c.attempts).where(_QUEUED).order_by(*columns)
    return through(index, query.limit(limit))
