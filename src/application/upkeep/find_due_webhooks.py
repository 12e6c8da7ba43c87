"""Find the lanes that have webhooks due."""

from dataclasses import dataclass, field
from datetime import datetime

from application.ports.database.unit_of_work import UnitOfWork
from application.ports.system import Clock
from application.upkeep.webhook_lanes import WebhookLanes
from domain.errors import PredictionNotFound
from domain.webhooks.webhook_delivery import RetrySchedule, WebhookDelivery, delivery_of

# Lanes and deliveries of one look: milliseconds of the database. The next look goes on behind them.
_MOST_LANES = 1000
_MOST_DELIVERIES = 100


@dataclass(kw_only=True)
class FindDueWebhooks:
    """Find the lanes that have webhooks due, and let them take turns.

    Any number of processes may look at once. A delivery of an older version of the service gets its lane. In the lane
    of a receiver that is away, what has been due for as long as the whole schedule is given up, though most of its
    attempts were never made.
    """

    schedule: RetrySchedule
    unit_of_work: UnitOfWork
    lanes: WebhookLanes
    clock: Clock
    _after: str = field(default="", init=False)

    def execute(self) -> None:
        """Look at the next lanes; after the last ones begin again with the first."""
        now = self.clock.now()
        self._assign_lanes(now)
        with self.unit_of_work.read() as committed:
            due = committed.webhook_deliveries.due_lanes(now, self._after, _MOST_LANES)
        self._after = due[-1] if len(due) == _MOST_LANES else ""
        paused = {lane for lane in due if self.lanes.is_paused(lane, now)}
        for lane in paused:
            self._give_up(lane, now)
        self.lanes.add(lane for lane in due if lane not in paused)

    def _assign_lanes(self, now: datetime) -> None:
        with self.unit_of_work.begin() as tx:
            for delivery in (without := tx.webhook_deliveries.lock_due(now, _MOST_DELIVERIES, lane="")):
                self._assign_lane(delivery)
                tx.webhook_deliveries.save(delivery)
            if without:
                tx.commit()

    def _assign_lane(self, delivery: WebhookDelivery) -> None:
        try:
            with self.unit_of_work.read() as committed:
                current = delivery_of(committed.predictions.get_of_any_owner(delivery.prediction))
        except PredictionNotFound:
            current = None
        if current and current.id == delivery.id:
            delivery.lane = current.lane
        else:
            delivery.withdraw()

    def _give_up(self, lane: str, now: datetime) -> None:
        before = now - self.schedule.length
        with self.unit_of_work.begin() as tx:
            for delivery in (overdue := tx.webhook_deliveries.lock_due(before, _MOST_DELIVERIES, lane)):
                delivery.give_up()
                tx.webhook_deliveries.save(delivery)
            if overdue:
                tx.commit()
