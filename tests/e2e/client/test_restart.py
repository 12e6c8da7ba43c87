"""The service ends and comes back while the Python client is in the middle of things."""

import signal
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from predictor_client import PredictionEvent, PredictorClient, RetryPolicy
from tests.e2e.conftest import Produce
from tests.harness.service import COFFEE

# A start takes seconds on a busy machine; for this test there is no hurry to give up.
PATIENT = RetryPolicy(retries=100, longest_pause=1.0)


def test_a_restart_is_not_noticed(produce: Produce) -> None:
    # Without a worker, so that all of it is in the middle when the API is killed.
    service, streaming = produce(), Event()
    with PredictorClient(service.url, retry=PATIENT) as client, ThreadPoolExecutor() as threads:
        first = client.submit(COFFEE)

        def follow() -> list[PredictionEvent]:
            told = []
            for event in client.stream(first.uuid):
                told.append(event)
                streaming.set()
            return told

        stream = threads.submit(follow)
        waited = threads.submit(client.wait, first.uuid, timeout=None)
        assert streaming.wait(30)
        assert service.api is not None
        service.api.end(signal.SIGKILL)
        submitted = [threads.submit(client.submit, COFFEE) for _ in range(5)]
        service.start_api()
        service.start_worker()

        uuids = {future.result(60).uuid for future in submitted}
        told = stream.result(60)
        assert [event.kind for event in told if event.kind != "processing"] == ["queued", "succeeded"]
        assert told[-1].prediction.prediction == waited.result(60).prediction == "espresso"
        assert all(client.wait(uuid).status == "succeeded" for uuid in uuids)
    assert service.rows("SELECT count(*) FROM predictions") == [(6,)]
