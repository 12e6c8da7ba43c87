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
    def lock_due(self, before: datetime, limit: int) -> list[WebhookDelivery]:
        """Lock at most `limit` deliveries that are due at `before` or earlier, the longest overdue first.

        Those that another transaction has locked are left out rather than waited for, where the database can.
        """

    @abstractmethod
    def lock(self, message_id: str) -> WebhookDelivery | None:
        """Lock the delivery with this id; None where there is none any more."""

    @abstractmethod
    def save(self, delivery: WebhookDelivery) -> None:
        """Save the new state of a delivery that this transaction has locked, and its newest attempt."""


class WebhookDeliveryReader(Protocol):
    """The deliveries for reading: the last committed state, without locks."""

    @abstractmethod
    def of(self, uuid: UUID) -> list[WebhookDelivery]:
        """List the deliveries of the prediction with this uuid, the oldest first."""
