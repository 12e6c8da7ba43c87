"""Every long-lived thread of every process survives an error that nobody foresaw, and then does its work."""

import base64
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from dependency_injector import providers

from adapters.lifecycle.part import Parts
from adapters.lifecycle.supervised_loop import SupervisedLoop
from adapters.memory import MemoryClassifier
from adapters.memory.classifier import labels
from adapters.sql.schema.migrate import migrate
from domain.access.owner import DEFAULT_OWNER
from domain.image import ImageKey
from domain.image_header import ImageFormat
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus, StateChange
from domain.webhooks.webhook import Webhook, WebhookUrl
from entrypoints.api import api_parts
from entrypoints.container import Container
from entrypoints.serve import embedded_parts
from entrypoints.settings import Settings
from entrypoints.worker import worker_parts
from tests.contracts.unit_of_work import keep
from tests.harness.builders import a_prediction, png
from tests.harness.servers.mariadb import GivenDatabase, MariaDBServer
from tests.harness.servers.rabbitmq import GivenBroker, RabbitMQServer
from tests.harness.servers.receiver import Receiver, receiving
from tests.harness.service import eventually

PICTURE = png()
SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()
# Threads that end with their work (pika's look-ups of names have no name of their own), those of pools, which pass an
# error on to the caller, and the test's receiver.
NOT_LONG_LIVED = r"^model-loader|^image-store|^resolver|^Thread-\d+$|process_request_thread"


class Unforeseen:
    """Raises in the first step of a loop, and then lets it work.

    Attributes:
        tried_again: True once the loop has begun another step.
    """

    def __init__(self, loop: SupervisedLoop, step: Callable[[], object]) -> None:
        self.loop, self._step = loop, step
        self._has_raised = self.tried_again = False

    def __call__(self) -> None:
        if not self._has_raised:
            self._has_raised = True
            raise ArithmeticError("unforeseen")
        self.tried_again = True
        self._step()


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> list[Unforeseen]:
    """The faults of all loops that are started."""
    faults: list[Unforeseen] = []
    start = SupervisedLoop.start

    def start_with_fault(loop: SupervisedLoop) -> None:
        fault = loop._step = Unforeseen(loop, loop._step)
        faults.append(fault)
        start(loop)

    monkeypatch.setattr(SupervisedLoop, "start", start_with_fault)
    return faults


@contextmanager
def running(*processes: Parts) -> Iterator[None]:
    for parts in processes:
        parts.start()
    try:
        yield
    finally:
        for parts in reversed(processes):
            parts.stop()


def container_with_model(**settings: object) -> Container:
    container = Container(settings=Settings(webhook_secrets=SECRET, webhook_networks="127.0.0.0/8", **settings))  # type: ignore[arg-type]
    container.classifier.override(providers.Object(MemoryClassifier({PICTURE: labels("dogsled")})))
    container.model_version.override(providers.Object("version 1"))
    return container


class Pictures:
    """Puts predictions into the database behind a process, in states that only its background threads change."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._now = container.clock().now()

    def put(self, **fields: Any) -> UUID:
        uuid = uuid4()
        due_at = self._now - timedelta(minutes=1)
        image = ImageKey.of(uuid, ImageFormat.PNG)
        prediction = replace(a_prediction(created_at=due_at, due_at=due_at), uuid=uuid, image=image, **fields)
        self._container.image_store().put(image, PICTURE)
        keep(self._container.unit_of_work(), prediction)
        return uuid

    def find(self, uuid: UUID) -> Prediction:
        with self._container.unit_of_work().read() as committed:
            return committed.predictions.get(DEFAULT_OWNER, uuid)

    def wait_for(self, uuid: UUID, status: PredictionStatus) -> None:
        eventually(lambda: self.find(uuid).status is status, seconds=60)


def everything_is_done(container: Container, changes: list[StateChange], receiver: Receiver) -> None:
    """Every kind of thread does its work: relay, queue, engine, events, webhooks, recovery and expiry."""
    pictures = Pictures(container)
    queued = pictures.put(webhook=Webhook(WebhookUrl(receiver.url())))
    stalled = pictures.put(status=PredictionStatus.PROCESSING, attempts=1, started_at=datetime.now(UTC))
    expired = pictures.put(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    pictures.wait_for(queued, PredictionStatus.SUCCEEDED)
    pictures.wait_for(stalled, PredictionStatus.SUCCEEDED)
    pictures.wait_for(expired, PredictionStatus.FAILED)
    assert eventually(lambda: len(receiver.received) == 1, seconds=20)
    assert eventually(lambda: StateChange(queued, PredictionStatus.SUCCEEDED) in changes, seconds=20)


@contextmanager
def only_supervised_threads(faults: list[Unforeseen]) -> Iterator[None]:
    """Every long-lived thread that is started meanwhile is a supervised loop."""
    started: list[threading.Thread] = []
    start = threading.Thread.start

    def start_and_remember(thread: threading.Thread) -> None:
        started.append(thread)
        start(thread)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading.Thread, "start", start_and_remember)
        yield
    supervised = {fault.loop._thread for fault in faults}
    assert [t.name for t in started if t not in supervised and not re.search(NOT_LONG_LIVED, t.name)] == []


def test_every_thread_of_api_and_worker_goes_on(
    tmp_path: Path,
    mariadb: MariaDBServer | GivenDatabase,
    rabbitmq: RabbitMQServer | GivenBroker,
    faults: list[Unforeseen],
) -> None:
    settings = {
        "database_url": mariadb.new_database(),
        "broker_url": rabbitmq.url,
        "queue_name": f"test.{uuid4()}",
        "image_store_url": f"file://{tmp_path}",
    }
    migrate(settings["database_url"])
    api, worker = container_with_model(**settings), container_with_model(**settings)
    api.prepare_image_store().execute()
    changes: list[StateChange] = []
    api.messaging().feed.listen(changes.extend)
    parts = [api_parts(api), worker_parts(worker)]
    with receiving() as receiver, only_supervised_threads(faults), running(*parts):
        everything_is_done(worker, changes, receiver)
        assert eventually(lambda: all(fault.tried_again for fault in faults), seconds=20)
        assert sorted({fault.loop.name for fault in faults if not fault.loop.name[-1].isdigit()}) == [
            "backlog",
            "clock",
            "completion feed",
            "consumer",
            "expiry",
            "leases",
            "lost-jobs",
            "publisher",
            "publisher-confirmations",
            "recovery",
            "relay",
            "webhook-lanes",
        ]
        for each in parts:
            eventually(lambda each=each: healthy(each), seconds=30)  # type: ignore[misc]


def test_every_thread_of_the_embedded_mode_goes_on(tmp_path: Path, faults: list[Unforeseen]) -> None:
    container = container_with_model(data_dir=tmp_path)
    migrate(container.settings().database)
    container.prepare_image_store().execute()
    changes: list[StateChange] = []
    container.messaging().feed.listen(changes.extend)
    parts = embedded_parts(container)
    with receiving() as receiver, only_supervised_threads(faults), running(parts):
        everything_is_done(container, changes, receiver)
        assert eventually(lambda: all(fault.tried_again for fault in faults), seconds=20)
        eventually(lambda: healthy(parts), seconds=30)


def healthy(parts: Parts) -> bool:
    return all(part.failure is None for part in parts.parts)
