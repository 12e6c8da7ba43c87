"""Urgent jobs are done first, whichever queue they wait in, and the others are done too."""

from tests.e2e.conftest import Produce, Serve
from tests.harness.service import COFFEE, Service

# More than an engine does while the urgent ones are on their way.
MANY, FEW = 150, 3
# Of those that can wait: one that an engine has in hand already, one whose turn it is as the longest waiting one, and
# one that begins in the moment in which the first urgent one arrives.
AHEAD = 3


def submit_mixed(service: Service) -> tuple[list[str], list[str]]:
    """Many that can wait, and after them a few urgent ones."""
    patient = [service.submit(COFFEE, priority=0) for _ in range(MANY)]
    return patient, [service.submit(COFFEE, priority=9) for _ in range(FEW)]


def assert_urgent_first(service: Service, patient: list[str], urgent: list[str]) -> None:
    done = [service.result(uuid) for uuid in urgent]
    waited = [service.result(uuid) for uuid in patient]
    assert {prediction["prediction"] for prediction in [*done, *waited]} == {"espresso"}
    came, over = done[-1]["created_at"], max(prediction["started_at"] for prediction in done)
    began = [prediction["started_at"] for prediction in waited]
    assert sum(time > over for time in began) > AHEAD, "nothing was left that could have waited"
    assert sum(came < time < over for time in began) <= AHEAD


def test_in_the_embedded_queue(serve: Serve) -> None:
    service = serve(concurrency=1, batch_size=1)
    assert_urgent_first(service, *submit_mixed(service))  # the model is still loading


def test_in_rabbitmq(produce: Produce) -> None:
    service = produce(concurrency=1, batch_size=1)
    patient, urgent = submit_mixed(service)
    service.start_worker()
    assert_urgent_first(service, patient, urgent)
