"""The delivery of webhooks."""

from adapters.http.responses.prediction_json import render_prediction
from adapters.runners.webhook_dispatcher import WebhookWork
from adapters.webhooks.sender import HTTPWebhookSender
from application.ports.database.unit_of_work import UnitOfWork
from application.ports.retry import Retry
from application.ports.system import Clock
from application.upkeep.deliver_webhooks import DeliverWebhooks
from application.upkeep.find_due_webhooks import FindDueWebhooks
from application.upkeep.webhook_lanes import WebhookLanes
from entrypoints.settings import Settings


def open_webhooks(settings: Settings, unit_of_work: UnitOfWork, clock: Clock, retry: Retry) -> WebhookWork:
    """The use cases that deliver webhooks, with the lanes that they share."""
    schedule, lanes = settings.webhook_schedule, WebhookLanes(settings.webhook_senders, settings.webhook_lane_rules)
    # The body of a webhook is what GET answers: the adapters know nothing of each other, so they are joined here.
    sender = HTTPWebhookSender(render_prediction, settings.webhook_keys, settings.webhook_address_policy)
    return WebhookWork(
        find=FindDueWebhooks(schedule=schedule, unit_of_work=unit_of_work, lanes=lanes, clock=clock),
        deliver=DeliverWebhooks(
            schedule=schedule, unit_of_work=unit_of_work, sender=sender, lanes=lanes, clock=clock, retry=retry
        ),
    )
