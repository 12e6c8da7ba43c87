"""Whoever brings a webhook to its receiver."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.prediction import Prediction
from domain.webhooks.webhook import WebhookUrl
from domain.webhooks.webhook_delivery import DeliveryOutcome


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """What is sent.

    Args:
        id: the same at every attempt.
        sent_at: when this attempt began.
        url: where to.
        prediction: the news.
    """

    id: str
    sent_at: datetime
    url: WebhookUrl
    prediction: Prediction


class WebhookSender(Protocol):
    """Sends signed messages to addresses that strangers chose."""

    @abstractmethod
    def send(self, message: WebhookMessage) -> DeliveryOutcome:
        """Try once. Takes a bounded time, whatever the receiver does, and never raises for what the receiver did."""
        ...
