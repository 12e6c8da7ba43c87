"""The deliveries to webhooks in SQL."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, Select, func, insert, select, update

from adapters.sql.connections.index_hints import through
from adapters.sql.schema.tables import webhook_attempts as attempts
from adapters.sql.schema.tables import webhook_deliveries as deliveries
from application.ports.database.webhook_deliveries import WebhookDeliveries, WebhookDeliveryReader
from domain.prediction import Prediction
from domain.webhooks.webhook import WebhookEvent
from domain.webhooks.webhook_delivery import (
    DeliveryAttempt,
    DeliveryOutcome,
    DeliveryState,
    WebhookDelivery,
    delivery_of,
)


class SQLWebhookDeliveries(WebhookDeliveries):
    """The deliveries within one connection's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock_due(self, before: datetime, limit: int, lane: str) -> list[WebhookDelivery]:
        return _fetch(self._connection, due_query(before, limit, lane))

    def lock(self, message_id: str) -> WebhookDelivery | None:
        query = select(deliveries).where(deliveries.c.id == message_id).with_for_update()
        return next(iter(_fetch(self._connection, query)), None)

    def save(self, delivery: WebhookDelivery) -> None:
        changes = {"state": delivery.state.value, "due_at": delivery.due_at, "lane": delivery.lane}
        self._connection.execute(update(deliveries).where(deliveries.c.id == delivery.id).values(changes))
        for attempt in delivery.attempts[-1:]:
            self._save_attempt(_attempt_row(delivery, attempt))

    def _save_attempt(self, row: dict[str, Any]) -> None:
        same = (attempts.c.delivery == row["delivery"], attempts.c.number == row["number"])
        if not self._connection.execute(update(attempts).where(*same).values(row)).rowcount:
            self._connection.execute(insert(attempts), row)


class SQLWebhookDeliveryReader(WebhookDeliveryReader):
    """The committed deliveries, over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, uuid: UUID) -> list[WebhookDelivery]:
        query = select(deliveries).where(deliveries.c.uuid == str(uuid))
        return _fetch(self._connection, query.order_by(deliveries.c.created_at, deliveries.c.id))

    def due_lanes(self, before: datetime, after: str, limit: int) -> list[str]:
        return list(self._connection.execute(due_lanes_query(before, after, limit)).scalars())


def due_query(before: datetime, limit: int, lane: str) -> Select[Any]:
    """The query of `SQLWebhookDeliveries.lock_due`."""
    query = (
        select(deliveries)
        .where(deliveries.c.lane == lane, deliveries.c.due_at <= before)
        .order_by(deliveries.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return through("ix_webhook_deliveries_lane", query, of=deliveries)


def due_lanes_query(before: datetime, after: str, limit: int) -> Select[Any]:
    """The query of `SQLWebhookDeliveryReader.due_lanes`.

    The minimum is there for MySQL, which then leaps from lane to lane in the index and reads no row twice; SQLite
    reads the index of all that is pending.
    """
    query = (
        select(deliveries.c.lane, func.min(deliveries.c.due_at))
        .where(deliveries.c.lane > after, deliveries.c.due_at <= before)
        .group_by(deliveries.c.lane)
        .order_by(deliveries.c.lane)
        .limit(limit)
    )
    return through("ix_webhook_deliveries_lane", query, of=deliveries)


def add_deliveries(connection: Connection, predictions: Iterable[Prediction]) -> None:
    """Insert the deliveries of the predictions that are final, unless they are there already.

    The caller has locked or just inserted the predictions, so that no other transaction does the same.
    """
    due = {delivery.id: delivery for delivery in map(delivery_of, predictions) if delivery}
    if not due:
        return
    known = set(connection.execute(select(deliveries.c.id).where(deliveries.c.id.in_(due))).scalars())
    if rows := [_delivery_row(delivery) for delivery in due.values() if delivery.id not in known]:
        connection.execute(insert(deliveries), rows)


def _fetch(connection: Connection, query: Select[Any]) -> list[WebhookDelivery]:
    rows = connection.execute(query).mappings().all()
    made = _attempts(connection, [row["id"] for row in rows])
    return [_delivery(row, made[row["id"]]) for row in rows]


def _attempts(connection: Connection, ids: Sequence[str]) -> dict[str, list[DeliveryAttempt]]:
    made: dict[str, list[DeliveryAttempt]] = defaultdict(list)
    if ids:
        query = select(attempts).where(attempts.c.delivery.in_(ids)).order_by(attempts.c.delivery, attempts.c.number)
        for row in connection.execute(query).mappings():
            outcome = DeliveryOutcome(row["status"], row["error"])
            made[row["delivery"]].append(DeliveryAttempt(row["number"], row["started_at"], row["finished_at"], outcome))
    return made


def _delivery(row: RowMapping, made: list[DeliveryAttempt]) -> WebhookDelivery:
    return WebhookDelivery(
        id=row["id"],
        prediction=UUID(row["uuid"]),
        event=WebhookEvent(row["event"]),
        created_at=row["created_at"],
        due_at=row["due_at"],
        lane=row["lane"],
        state=DeliveryState(row["state"]),
        attempts=made,
    )


def _delivery_row(delivery: WebhookDelivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "uuid": str(delivery.prediction),
        "event": delivery.event.value,
        "state": delivery.state.value,
        "created_at": delivery.created_at,
        "due_at": delivery.due_at,
        "lane": delivery.lane,
    }


def _attempt_row(delivery: WebhookDelivery, attempt: DeliveryAttempt) -> dict[str, Any]:
    return {
        "delivery": delivery.id,
        "number": attempt.number,
        "started_at": attempt.started_at,
        "finished_at": attempt.finished_at,
        "status": attempt.outcome.status,
        "error": attempt.outcome.error,
    }
