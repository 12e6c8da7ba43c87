"""A webhook asked for and verified with the Python client."""

import base64

import pytest

from predictor_client import PredictorClient, WebhookNotVerified, verify_webhook
from tests.e2e.conftest import Serve
from tests.harness.servers.receiver import receiving
from tests.harness.service import COFFEE, eventually

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OTHER = "whsec_" + base64.b64encode(bytes(32)).decode()


def test_the_label_comes_by_webhook_and_is_verified(serve: Serve) -> None:
    service = serve(webhook_secrets=f"{OTHER} {SECRET}", webhook_networks="127.0.0.0/8")
    with PredictorClient(service.url) as client, receiving() as receiver:
        submitted = client.submit(COFFEE, webhook=receiver.url(), webhook_events=["succeeded", "failed"])
        eventually(lambda: receiver.received or None)
        [message] = receiver.received
        assert verify_webhook(message.body, message.headers, SECRET) == client.get(submitted.uuid)
        assert verify_webhook(message.body, message.headers, OTHER).prediction == "espresso"
        with pytest.raises(WebhookNotVerified):
            verify_webhook(message.body + b" ", message.headers, SECRET)
