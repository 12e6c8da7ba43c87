"""Contract of a sender of webhooks."""

from abc import ABC, abstractmethod

import pytest

from application.ports.webhook_sender import WebhookMessage, WebhookSender
from domain.prediction_state import Failure
from domain.webhooks.webhook import Webhook, WebhookUrl
from domain.webhooks.webhook_delivery import DeliveryOutcome
from tests.harness.builders import NOON, a_prediction


class Post(ABC):
    """A sender, and a receiver that answers with these statuses."""

    sender: WebhookSender
    url: str

    @abstractmethod
    def received_ids(self) -> list[str]:
        """The ids of the messages that the receiver got."""


def a_message(url: str, message_id: str = "msg_1") -> WebhookMessage:
    prediction = a_prediction(webhook=Webhook(WebhookUrl(url)))
    prediction.give_up(Failure("gone", "Gone."), NOON)
    return WebhookMessage(message_id, NOON, WebhookUrl(url), prediction)


class WebhookSenderContract:
    STATUSES = (200, 204, 301, 410, 503)

    @pytest.fixture
    @abstractmethod
    def post(self) -> Post:
        """A receiver that answers with `STATUSES`, one after the other."""

    def test_the_outcome_is_the_status_whatever_it_is(self, post: Post) -> None:
        outcomes = [post.sender.send(a_message(post.url)) for _ in self.STATUSES]
        assert outcomes == [DeliveryOutcome(status) for status in self.STATUSES]

    def test_every_message_arrives_with_its_id(self, post: Post) -> None:
        for message_id in ("msg_1", "msg_2", "msg_1"):
            post.sender.send(a_message(post.url, message_id))
        assert post.received_ids() == ["msg_1", "msg_2", "msg_1"]
