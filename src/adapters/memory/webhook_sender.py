"""Webhooks in a list."""

from application.ports.webhook_sender import WebhookMessage, WebhookSender
from domain.webhooks.webhook_delivery import DeliveryOutcome


class MemoryWebhookSender(WebhookSender):
    """Keeps what was sent; the receiver answers with the given outcomes, one after the other, and then takes all."""

    def __init__(self, *outcomes: DeliveryOutcome) -> None:
        self.outcomes = list(outcomes)
        self.sent: list[WebhookMessage] = []

    def send(self, message: WebhookMessage) -> DeliveryOutcome:
        self.sent.append(message)
        return self.outcomes.pop(0) if self.outcomes else DeliveryOutcome(204)
