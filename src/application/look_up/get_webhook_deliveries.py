"""Get the webhook deliveries of a prediction."""

from dataclasses import dataclass
from uuid import UUID

from application.ports.database.unit_of_work import UnitOfWork
from domain.access.owner import Owner
from domain.webhooks.webhook_delivery import WebhookDelivery


@dataclass(frozen=True, kw_only=True)
class GetWebhookDeliveries:
    """Get the webhook deliveries of a prediction.

    There is one delivery for each final state that the webhook subscribes to, the oldest first. A delivery lists its
    attempts, each with the status of the receiver's answer or the reason why there was none. The list is empty while
    the prediction is not final, and if it has no webhook. The address of the webhook is not returned, since it may
    contain a secret.
    """

    unit_of_work: UnitOfWork

    def execute(self, owner: Owner, uuid: UUID) -> list[WebhookDelivery]:
        """Get the deliveries in their last committed state, the oldest first.

        Raises:
            PredictionNotFound: the owner has no prediction with this uuid.
        """
        with self.unit_of_work.read() as committed:
            committed.predictions.get(owner, uuid)
            return committed.webhook_deliveries.of(uuid)
