"""The deliveries to webhooks. Keeping a prediction in a final state makes them."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from domain.webhooks.webhook_delivery import WebhookDelivery


class Webhooks(Protocol):
    """The deliveries within one transaction. What is locked nobody else changes until it ends.

    Every method raises `DatabaseUnavailable` where the database cannot be reached.
    """

    @abstractmethod
    def lock_due(self, before: datetime, limit: int) -> list[WebhookDelivery]:
        """At most `limit` deliveries that are due at `before` or earlier, the longest overdue first.

        Those that another transaction holds are left out rather than waited for, where the database can.
        """
        ...

    @abstractmethod
    def lock(self, message_id: str) -> WebhookDelivery | None:
        """The delivery with this id; None where there is none any more."""
        ...

    @abstractmethod
    def save(self, delivery: WebhookDelivery) -> None:
        """Keep the new state of a delivery that this transaction has locked, and its newest attempt."""
        ...
