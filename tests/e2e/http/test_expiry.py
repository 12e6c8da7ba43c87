"""A prediction that waits past its expiry is never run."""

import signal
import time
from typing import Any

from tests.e2e.conftest import Produce, Serve
from tests.harness.service import COFFEE, Service


def submit(service: Service) -> tuple[str, str]:
    """A picture that is wanted for a second, and one that may wait."""
    uuids = service.submit(COFFEE, expires_in=1), service.submit(COFFEE)
    assert service.get(uuids[0])["expires_at"] is not None
    return uuids


def assert_expired(prediction: dict[str, Any]) -> None:
    assert (prediction["status"], prediction["error"]["code"]) == ("failed", "expired")
    assert (prediction["attempts"], prediction["started_at"]) == (0, None)


def test_what_expires_while_nothing_runs_is_not_run_afterwards(serve: Serve) -> None:
    service = serve()
    hasty, patient = submit(service)  # the model is still loading
    service.stop(signal.SIGKILL)
    time.sleep(1)
    service.start()
    assert_expired(service.result(hasty))
    assert service.result(patient)["prediction"] == "espresso"


def test_what_expires_in_the_broker_ends_also_while_no_engine_takes_it_up(produce: Produce) -> None:
    service = produce(concurrency=1, batch_size=1)
    busy = service.start_worker()
    service.wait_until_ready()
    busy.send(signal.SIGSTOP)  # it holds what is published now
    hasty, patient = submit(service)
    service.start_worker()
    assert_expired(service.result(hasty))
    busy.send(signal.SIGCONT)
    assert service.result(patient)["prediction"] == "espresso"
    time.sleep(0.5)  # for an engine that would run the other one after all
    assert_expired(service.get(hasty))


def test_what_expired_can_be_retried(produce: Produce) -> None:
    service = produce()
    hasty = service.submit(COFFEE, expires_in=1)
    time.sleep(1)
    service.start_worker()
    assert_expired(service.result(hasty))
    assert service.client.post(f"/predictions/{hasty}/retry").status_code in (200, 202)
    result = service.result(hasty)
    assert (result["status"], result["prediction"], result["expires_at"]) == ("succeeded", "espresso", None)
