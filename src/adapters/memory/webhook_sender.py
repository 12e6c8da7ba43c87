"""Webhook sender that records the messages."""

from application.ports.webhook_sender import WebhookMessage, WebhookSender
from domain.webhooks.webhook_delivery import DeliveryOutcome


class MemoryWebhookSender(WebhookSender):
    """Records messages in `sent`; returns the given outcomes in their order, and then status 204."""

    def __init__(self, *outcomes: DeliveryOutcome) -> None:
        self.outcomes = list(outcomes)
        self.sent: list[WebhookMessage] = []

    def send(self, message: WebhookMessage) -> DeliveryOutcome:
        self.sent.append(message)
        return self.outcomes.pop(0) if self.outcomes else DeliveryOutcome(204)
