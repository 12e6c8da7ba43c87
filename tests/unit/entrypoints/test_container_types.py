"""Every provider that an entrypoint uses gives mypy a port or a class, never `Any`: mypy checks `assert_type`."""

import re
import threading
from inspect import getsource
from pathlib import Path
from typing import assert_type

from fastapi import APIRouter

import entrypoints
from adapters.http.requests.http_limits import HttpLimits
from adapters.http.waiting.long_polling import ResultWaiters
from adapters.lifecycle.backoff import BackoffRetry
from adapters.lifecycle.supervised_loop import SupervisedLoop
from adapters.runners.prediction_engine import PredictionEngine
from adapters.runners.webhook_dispatcher import WebhookDispatcher
from adapters.sql.connections.clock import SharedClock
from adapters.sql.connections.database import Database
from adapters.sql.connections.health import DatabaseHealth, SchemaHealth
from adapters.storage.disk_space import DiskSpace
from application.admission.gate import SubmissionGate
from application.ports.classifier import Classifier
from application.upkeep.expire_jobs import ExpireJobs
from application.upkeep.prepare_image_store import PrepareImageStore
from application.upkeep.recover_stalled import RecoverStalled
from application.upkeep.relay_jobs import RelayJobs
from application.upkeep.release_lost_jobs import ReleaseLostJobs
from entrypoints.bundles.access import Access
from entrypoints.bundles.image_stores import CheckedImageStore
from entrypoints.bundles.messaging import Messaging
from entrypoints.bundles.retention import Retention
from entrypoints.container import Container
from entrypoints.settings import Settings


def checked_by_mypy(container: Container) -> None:
    assert_type(container.access(), Access)
    assert_type(container.classifier(), Classifier)
    assert_type(container.clock(), SharedClock)
    assert_type(container.clock_loop(), SupervisedLoop)
    assert_type(container.database(), Database)
    assert_type(container.database_health(), DatabaseHealth)
    assert_type(container.disk_space(), DiskSpace)
    assert_type(container.engine(), PredictionEngine)
    assert_type(container.expire_jobs(), ExpireJobs)
    assert_type(container.gate(), SubmissionGate)
    assert_type(container.http_limits(), HttpLimits)
    assert_type(container.image_store(), CheckedImageStore)
    assert_type(container.messaging(), Messaging)
    assert_type(container.prepare_image_store(), PrepareImageStore)
    assert_type(container.recover_stalled(), RecoverStalled)
    assert_type(container.relay_jobs(), RelayJobs)
    assert_type(container.release_lost_jobs(), ReleaseLostJobs)
    assert_type(container.result_waiters(), ResultWaiters)
    assert_type(container.retention(), Retention)
    assert_type(container.retry(), BackoffRetry)
    assert_type(container.routers(), list[APIRouter])
    assert_type(container.schema_health(), SchemaHealth)
    assert_type(container.settings(), Settings)
    assert_type(container.stopping(), threading.Event)
    assert_type(container.submit_router(), APIRouter)
    assert_type(container.webhook_dispatcher(), WebhookDispatcher)


def test_every_provider_that_an_entrypoint_uses_is_checked() -> None:
    [folder] = entrypoints.__path__
    sources = [path.read_text() for path in Path(folder).rglob("*.py")]
    used = {name for source in sources for name in re.findall(r"(?:container|settings\))\.(\w+)\(\)", source)}
    checked = set(re.findall(r"container\.(\w+)\(\)", getsource(checked_by_mypy)))
    assert {"messaging", "classifier"} <= used
    assert sorted(used - checked) == []
