"""Port of the sender of webhooks."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.prediction import Prediction
from domain.webhooks.webhook import WebhookUrl
from domain.webhooks.webhook_delivery import DeliveryOutcome


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """Message to the receiver of a webhook.

    Args:
        id: identifies the message, the same at every attempt.
        sent_at: time at which this attempt began.
        url: address of the receiver.
        prediction: content of the message.
    """

    id: str
    sent_at: datetime
    url: WebhookUrl
    prediction: Prediction


class WebhookSender(Protocol):
    """Sends signed messages to addresses chosen by clients, which are not trusted."""

    @abstractmethod
    def send(self, message: WebhookMessage) -> DeliveryOutcome:
        """Send a message once, within a bounded time; a failure of the receiver is an outcome, not an error."""
