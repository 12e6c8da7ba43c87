"""The deliveries to webhooks. Saving a prediction in a final state makes them."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.webhooks.webhook_delivery import WebhookDelivery


class WebhookDeliveries(Protocol):
    """The deliveries within one transaction. No other transaction changes a locked one until this one ends.

    Every method raises `DatabaseUnavailable` where the database cannot be reached.
    """

    @abstractmethod
    def lock_due(self, before: datetime, limit: int, lane: str) -> list[WebhookDelivery]:
        """Lock at most `limit` deliveries of `lane` that are due at `before` or earlier, the longest overdue first.

        Those that another transaction has locked are left out rather than waited for, where the database can.
        """

    @abstractmethod
    def lock(self, message_id: str) -> WebhookDelivery | None:
        """Lock the delivery with this id; None where there is none any more."""

    @abstractmethod
    def save(self, delivery: WebhookDelivery) -> None:
        """Save the new state and lane of a delivery that this transaction has locked, and its newest attempt."""


class WebhookDeliveryReader(Protocol):
    """The deliveries for reading: the last committed state, without locks."""

    @abstractmethod
    def of(self, uuid: UUID) -> list[WebhookDelivery]:
        """List the deliveries of the prediction with this uuid, the oldest first."""

    @abstractmethod
    def due_lanes(self, before: datetime, after: str, limit: int) -> list[str]:
        """List at most `limit` lanes that have a delivery due at `before` or earlier, in the order of their names.

        Args:
            after: the list begins behind this name; empty for the first lanes. Deliveries without a lane are left out.
        """
