"""Processes that do not know the time, or whose machines' clocks are wrong."""

import base64
import signal
import subprocess
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import create_engine, text

from tests.e2e.conftest import Produce
from tests.harness.preloaded import missing_compiler, with_clock
from tests.harness.processes import PREDICTOR, Process, environment
from tests.harness.servers.fixtures import skip_or_fail
from tests.harness.servers.rabbitmq import GivenBroker, RabbitMQServer
from tests.harness.service import COFFEE, ProductionService, count_pictures, eventually

DATA = base64.b64encode(COFFEE).decode()
HOUR = 3600
IN_WORK = "SELECT uuid FROM predictions WHERE status = 'processing'"


@pytest.fixture
def _compiler() -> None:
    skip_or_fail(missing_compiler())


def a_worker(service: ProductionService, wrong_by: int) -> Process:
    worker = service.start_worker(*with_clock(wrong_by, PREDICTOR, "worker"))
    service.wait_until_ready()
    return worker


def freeze_at_work(service: ProductionService, worker: Process) -> None:
    """Stop the worker while it has predictions in work."""

    def frozen() -> bool:
        eventually(lambda: service.rows(IN_WORK))
        worker.send(signal.SIGSTOP)
        eventually(lambda: Path(f"/proc/{worker.pid}/stat").read_text().rsplit(") ")[1][0] == "T")
        if not service.rows(IN_WORK):
            worker.send(signal.SIGCONT)
        return bool(service.rows(IN_WORK))

    eventually(frozen)


def wait_for_recovery(service: ProductionService, finished: str) -> None:
    """Return when leases that have run out have been looked for: `finished` gets one that has, and is run again."""
    engine = create_engine(service.database_url)
    with engine.begin() as connection:
        stalled = "UPDATE predictions SET status = 'processing', due_at = '2020-01-01' WHERE uuid = :uuid"
        assert connection.execute(text(stalled), {"uuid": finished}).rowcount == 1
    engine.dispose()
    assert service.result(finished)["attempts"] == 2


@pytest.mark.usefixtures("_compiler")
@pytest.mark.parametrize(
    ("holder", "other"), [pytest.param(0, HOUR, id="an hour ahead"), pytest.param(-HOUR, 0, id="an hour behind")]
)
def test_a_worker_with_a_wrong_clock_does_no_harm(produce: Produce, holder: int, other: int) -> None:
    # A long lease: on a busy machine the other worker takes its time to start, and the frozen one keeps its attempts.
    service = produce(batch_size=1, lease_seconds=3600)
    frozen = a_worker(service, holder)
    finished = service.submit(COFFEE)
    service.result(finished)
    uuids = [service.submit(COFFEE, expires_in=600) for _ in range(40)]
    freeze_at_work(service, frozen)

    a_worker(service, other)
    wait_for_recovery(service, finished)
    frozen.send(signal.SIGCONT)
    results = [service.result(uuid) for uuid in uuids]
    assert [(result["status"], result["attempts"]) for result in results] == [("succeeded", 1)] * len(uuids)


@pytest.mark.usefixtures("_compiler")
@pytest.mark.parametrize("wrong_by", [HOUR, -HOUR])
def test_an_api_with_a_wrong_clock_says_so_and_does_no_harm(produce: Produce, wrong_by: int) -> None:
    service = produce()
    assert service.api
    service.api.end()
    service.start_api(command=with_clock(wrong_by, PREDICTOR))
    service.start_worker()
    service.wait_until_ready()
    assert service.result(service.submit(COFFEE, expires_in=600))["status"] == "succeeded"

    told = eventually(lambda: service.client.get("/health/ready").json()["checks"].get("clock"))
    direction = "ahead of" if wrong_by > 0 else "behind"
    assert told.startswith("The clock of this machine is 3")
    assert told.endswith(f" s {direction} the database's.")
    assert service.api.log.count("the clock of this machine differs") == 1
    doctor = subprocess.run(
        with_clock(wrong_by, PREDICTOR, "doctor"),
        env=environment(**service.settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert f" s {direction} the database's." in doctor.stdout


def test_an_api_that_has_never_reached_its_database_accepts_nothing(
    tmp_path: Path, rabbitmq: RabbitMQServer | GivenBroker
) -> None:
    service = ProductionService(tmp_path, "mysql+pymysql://nobody@127.0.0.1:9/none", rabbitmq.url)
    try:
        service.start_api()
        picture = {"name": "picture", "data": DATA}
        for path, body in (("/inference/image/", picture), ("/inference/images", {"images": [picture]})):
            refused = service.client.post(path, json=body)
            assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable"), path
            assert refused.headers["retry-after"]
        assert service.client.get(f"/predictions/{UUID(int=1)}").status_code == 503
        told = service.client.get("/health/ready")
        assert (told.status_code, "clock" in told.json()["checks"]) == (503, False)
        assert count_pictures(service.images) == 0
    finally:
        service.stop()
