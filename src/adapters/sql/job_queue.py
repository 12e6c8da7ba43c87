"""The embedded job queue: the rows of the predictions are the jobs.

Nothing is written to hand a job out: the queue remembers what is in an engine's hands, and the engine's own
first transaction puts the lease on the row. When the process dies its memory of hands goes with it; queued rows
are simply handed out again, and rows in work come back when their lease is over or the embedded mode starts.
"""

import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, UnaryExpression, func, select
from sqlalchemy.sql.operators import custom_op

from adapters.sql.connections.database import Database
from adapters.sql.connections.index_hints import through
from adapters.sql.schema.mapping import JOB_COLUMNS, to_job
from adapters.sql.schema.tables import predictions as table
from application.classify.fair_scheduling import longest_waiting_picks
from application.ports.health_check import HealthCheck
from application.ports.queue.job_queue import Delivery, JobConsumer, JobPublisher
from application.ports.queue.queue_gauge import QueueGauge, QueueReading
from application.ports.system import Clock
from domain.errors import QueueUnavailable
from domain.job import Job
from domain.prediction_state import PredictionStatus

# In which order rows come, and the index that has them in it.
Order = tuple[str, tuple[ColumnElement[Any], ...]]
MOST_URGENT: Order = ("ix_predictions_urgent", (table.c.priority.desc(), table.c.due_at, table.c.uuid))
LONGEST_DUE: Order = ("ix_predictions_due", (table.c.due_at, table.c.uuid))

_QUEUED = table.c.status == PredictionStatus.QUEUED.value
# With a plus, which changes nothing, SQLite does not look for what is due in an index on `due_at`, to sort all of it
# then. Hardly anything that is queued is due later, so that the index with the order loses no time on it.
_due_at: ColumnElement[datetime] = UnaryExpression(table.c.due_at, operator=custom_op("+"))


class SQLJobQueue(JobPublisher, JobConsumer, QueueGauge, HealthCheck):
    """Hands out queued predictions that are due to the engines of this process.

    Publishing wakes a waiting engine, so nothing polls; a job that is due later is waited for by the clock.
    """

    name = "queue"
    is_connected = True

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._changed = threading.Condition()
        self._in_hand: set[UUID] = set()
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
                deliveries, next_due_in = self._take(limit)
                patience = give_up_at - time.monotonic()
                if deliveries or patience <= 0:
                    return deliveries
                self._changed.wait(min(patience, next_due_in))
        return []

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        if not deliveries:
            return
        with self._changed:
            self._in_hand.difference_update(delivery.job.uuid for delivery in deliveries)
            # One of them may be due again already, while its engine still had it in hand.
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

    def _take(self, limit: int) -> tuple[list[Delivery], float]:
        """The next deliveries, and in how many seconds to look again when there are none."""
        now = self._clock.now()
        with self._database.read() as connection:
            deliveries = self._next(connection, now, limit)
            next_due_in = threading.TIMEOUT_MAX if deliveries else _seconds_to_next(connection, now)
        self._in_hand.update(delivery.job.uuid for delivery in deliveries)
        self._taken += len(deliveries)
        return deliveries, next_due_in

    def _next(self, connection: Connection, now: datetime, limit: int) -> list[Delivery]:
        urgent = self._due(connection, MOST_URGENT, now, limit)
        picks = longest_waiting_picks(self._taken, len(urgent))
        if picks == 0 or len(urgent) < limit:
            return urgent  # or all that are due, so that it is everybody's turn
        longest = self._due(connection, LONGEST_DUE, now, picks)
        return [*longest, *(delivery for delivery in urgent if delivery not in longest)][:limit]

    def _due(self, connection: Connection, order: Order, now: datetime, limit: int) -> list[Delivery]:
        rows = connection.execute(due_query(order, now, limit + len(self._in_hand))).all()
        due = [Delivery(to_job(row), redelivered=row.attempts > 0) for row in rows]
        return [delivery for delivery in due if delivery.job.uuid not in self._in_hand][:limit]


def due_query(order: Order, now: datetime, limit: int) -> Select[Any]:
    """The first queued rows that are due."""
    index, columns = order
    query = select(*JOB_COLUMNS, table.c.attempts).where(_QUEUED, _due_at <= now).order_by(*columns)
    return through(index, query.limit(limit))


def _seconds_to_next(connection: Connection, now: datetime) -> float:
    due_at = connection.execute(select(func.min(table.c.due_at)).where(_QUEUED, table.c.due_at > now)).scalar()
    return threading.TIMEOUT_MAX if due_at is None else max((due_at - now).total_seconds(), 0.001)
