"""See what became of a prediction's webhook."""

from dataclasses import dataclass
from uuid import UUID

from application.ports.database.unit_of_work import UnitOfWork
from domain.webhooks.webhook_delivery import WebhookDelivery


@dataclass(frozen=True, kw_only=True)
class GetWebhookDeliveries:
    """Get what was sent to the webhook of a prediction.

    There is a delivery for each final state of which the webhook wants to be told, the oldest first, and in it every
    attempt with the status of the receiver's answer, or the reason why there was none. The list is empty while the
    prediction is not final, and where nobody asked for a webhook. The address itself is not repeated, since it may
    hold a secret.
    """

    unit_of_work: UnitOfWork

    def execute(self, uuid: UUID) -> list[WebhookDelivery]:
        """The deliveries as they were last committed.

        Raises:
            PredictionNotFound: there is no prediction with this uuid.
            DatabaseUnavailable: the database cannot be reached.
        """
        with self.unit_of_work.read() as committed:
            committed.predictions.get(uuid)
            return committed.webhook_deliveries.of(uuid)
