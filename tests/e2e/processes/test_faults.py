"""Each part dies at the wrong moment: nothing accepted is lost, and nothing is run into the ground."""

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pika
import pytest

from adapters.rabbitmq.codec import encode, properties
from adapters.rabbitmq.topology import Topology
from domain.image import ImageKey
from domain.job import Job
from tests.e2e.conftest import Produce
from tests.harness.crashing_worker import POISON
from tests.harness.processes import Process
from tests.harness.servers.mariadb import GivenDatabase, MariaDBServer
from tests.harness.servers.process import GivenServer
from tests.harness.servers.rabbitmq import GivenBroker, RabbitMQServer
from tests.harness.service import CAMERA, COFFEE, ProductionService, eventually

Database = MariaDBServer | GivenDatabase
BrokerServer = RabbitMQServer | GivenBroker


# Enough that an engine is still at work when the test has seen that it has begun.
BACKLOG = 100


def ours(server: Database | BrokerServer) -> None:
    """Only a server that the tests started is killed."""
    if isinstance(server, GivenServer):
        pytest.skip("the server is not ours to kill")


def submit_many(service: ProductionService, count: int) -> list[str]:
    return [service.submit(COFFEE if n % 2 else CAMERA) for n in range(count)]


def all_succeeded_once(service: ProductionService, uuids: list[str]) -> None:
    results = [service.result(uuid) for uuid in uuids]
    assert [r["status"] for r in results] == ["succeeded"] * len(uuids)
    assert [r["prediction"] for r in results] == ["tripod" if n % 2 == 0 else "espresso" for n in range(len(uuids))]
    assert service.rows("SELECT count(*) FROM predictions") == [(len(uuids),)]


def in_work(service: ProductionService) -> bool:
    return service.rows("SELECT count(*) FROM predictions WHERE status = 'processing'") != [(0,)]


def test_a_killed_worker_s_jobs_are_taken_over_at_once(produce: Produce) -> None:
    service = produce(lease_seconds=600)
    uuids = submit_many(service, BACKLOG)
    victim = service.start_worker()
    eventually(lambda: in_work(service))
    victim.end(signal.SIGKILL)
    service.start_worker()
    all_succeeded_once(service, uuids)


def test_a_terminated_worker_finishes_its_batch_and_runs_nothing_twice(produce: Produce) -> None:
    service = produce()
    uuids = submit_many(service, BACKLOG)
    worker = service.start_worker()
    eventually(lambda: in_work(service))
    assert worker.end(signal.SIGTERM) == 0
    assert not in_work(service)
    service.start_worker()
    all_succeeded_once(service, uuids)
    assert {service.get(uuid)["attempts"] for uuid in uuids} == {1}


def test_a_frozen_worker_is_replaced_and_its_late_result_refused(produce: Produce) -> None:
    service = produce(lease_seconds=2, concurrency=1, batch_size=4)
    uuids = submit_many(service, BACKLOG)
    frozen = service.start_worker()
    eventually(lambda: in_work(service))
    frozen.send(signal.SIGSTOP)
    service.start_worker()
    taken_over = service.rows("SELECT uuid FROM predictions WHERE status = 'processing'")
    for (uuid,) in taken_over:
        assert service.result(uuid)["attempts"] == 2
    frozen.send(signal.SIGCONT)
    all_succeeded_once(service, uuids)


def test_without_a_broker_pictures_are_accepted_and_done_later(produce: Produce, rabbitmq: BrokerServer) -> None:
    ours(rabbitmq)
    service = produce()
    service.start_worker()
    service.wait_until_ready()
    rabbitmq.stop()
    try:
        eventually(lambda: service.client.get("/health/ready").status_code == 503)
        checks = service.client.get("/health/ready").json()["checks"]
        uuids = submit_many(service, 20)
    finally:
        rabbitmq.start()
    assert checks["queue"] != "ok"
    assert checks["database"] == checks["schema"] == checks["image_store"] == "ok"
    all_succeeded_once(service, uuids)


def test_a_restart_of_the_database_is_survived(produce: Produce, mariadb: Database) -> None:
    ours(mariadb)
    service = produce()
    uuids = submit_many(service, BACKLOG)
    service.start_worker()
    eventually(lambda: in_work(service))
    mariadb.kill()
    try:
        refused = service.client.post("/inference/image", content=COFFEE, headers={"Content-Type": "image/png"})
    finally:
        mariadb.start()
    assert refused.status_code == 503
    assert "Retry-After" in refused.headers
    eventually(lambda: service.client.get("/health/ready").status_code == 200)
    all_succeeded_once(service, uuids)


@pytest.fixture
def broker_of() -> Callable[[ProductionService], Topology]:
    return lambda service: Topology((str(service.settings["broker_url"]),), str(service.settings["queue_name"]))


BrokerOf = Callable[[ProductionService], Topology]


def on_channel(broker: Topology, action: Callable[[pika.adapters.blocking_connection.BlockingChannel], object]) -> None:
    connection = pika.BlockingConnection(broker.connection_parameters("test"))
    action(connection.channel())
    connection.close()


def test_jobs_that_vanish_from_the_broker_are_published_again(produce: Produce, broker_of: BrokerOf) -> None:
    service = produce(republish_seconds=1)
    # What comes before the API has reached the broker is left to the relay, and that is in a worker.
    service.wait_until_ready()
    uuids = submit_many(service, 20)
    published = "SELECT count(*) FROM predictions WHERE published_at IS NOT NULL"
    eventually(lambda: service.rows(published) == [(20,)])
    broker = broker_of(service)
    on_channel(broker, lambda channel: channel.queue_purge(broker.queue))
    uuids += submit_many(service, 10)
    on_channel(broker, lambda channel: channel.queue_delete(broker.queue))
    uuids += submit_many(service, 10)
    service.start_worker()
    all_succeeded_once(service, uuids)


def test_duplicate_deliveries_change_nothing(produce: Produce, broker_of: BrokerOf) -> None:
    service = produce()
    service.start_worker()
    service.wait_until_ready()
    uuids = submit_many(service, 20)
    kept = service.rows("SELECT uuid, img, model FROM predictions")
    jobs = [Job(UUID(uuid), ImageKey(img), model) for uuid, img, model in kept]
    broker = broker_of(service)

    def deliver_again(channel: pika.adapters.blocking_connection.BlockingChannel) -> None:
        for job in jobs * 3:
            channel.basic_publish("", broker.queue, encode(job), properties(job))

    on_channel(broker, deliver_again)
    all_succeeded_once(service, uuids)
    before = service.rows("SELECT * FROM predictions")
    on_channel(broker, deliver_again)
    time.sleep(2)  # for engines that would run them again
    assert service.rows("SELECT * FROM predictions") == before
    assert {service.get(uuid)["attempts"] for uuid in uuids} == {1}


def test_a_poison_picture_fails_alone(produce: Produce, broker_of: BrokerOf) -> None:
    service = produce(lease_seconds=2, max_attempts=2, concurrency=1)
    script = Path(__file__).parents[2] / "harness" / "crashing_worker.py"
    uuids = submit_many(service, 6)
    poison = service.submit(COFFEE + POISON)
    uuids += submit_many(service, 6)

    def start() -> Process:
        return service.start_worker(sys.executable, script)

    worker = start()
    deaths = 0
    while service.get(poison)["status"] != "failed":
        if not worker.is_running:
            worker.end()
            deaths += 1
            assert deaths <= 2
            worker = start()
        time.sleep(0.1)

    assert deaths == 2
    assert service.get(poison)["error"]["code"] == "attempts_exhausted"
    results = [service.result(uuid) for uuid in uuids]
    assert [r["status"] for r in results] == ["succeeded"] * 12
    broker = broker_of(service)
    dead: list[bytes] = []

    def fetch(channel: pika.adapters.blocking_connection.BlockingChannel) -> None:
        dead.append(eventually(lambda: channel.basic_get(broker.dead_letters, auto_ack=True)[2]))

    on_channel(broker, fetch)
    assert poison.encode() in dead[0]


def test_an_api_process_that_dies_is_replaced_and_forgets_nothing(produce: Produce) -> None:
    service = produce(api_workers=2)
    uuids = submit_many(service, 10)
    assert service.api is not None
    service.api.end(signal.SIGKILL)
    eventually(lambda: not service.answers())
    service.start_api()
    service.start_worker()
    all_succeeded_once(service, uuids)


def test_it_is_not_ready_on_a_schema_that_is_behind(produce: Produce, mariadb: Database) -> None:
    service = produce()
    eventually(lambda: service.client.get("/health/ready").status_code == 200)
    assert service.api is not None
    assert service.api.end(signal.SIGTERM) == 0
    service.settings["database_url"] = mariadb.new_database()
    service.start_api()
    ready = service.client.get("/health/ready")
    assert ready.status_code == 503
    assert "predictor migrate" in ready.json()["checks"]["schema"]
    assert service.client.get("/health/live").status_code == 200
