"""The whole service in memory, and a client that speaks HTTP to it."""

import asyncio
import base64
import json
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI

from adapters.http.access.authenticator import Authenticator
from adapters.http.app import Protection, create_app
from adapters.http.requests.body_budget import BodyBudget
from adapters.http.requests.http_limits import HttpLimits
from adapters.http.requests.request_bodies import RequestBodies
from adapters.http.routes.batch import batch_routes
from adapters.http.routes.health import health_routes
from adapters.http.routes.image import image_routes
from adapters.http.routes.list import list_routes
from adapters.http.routes.manage import manage_routes
from adapters.http.routes.prediction import prediction_routes
from adapters.http.routes.queue import queue_routes
from adapters.http.routes.submit import submit_routes
from adapters.http.routes.web_page import page_routes
from adapters.http.routes.webhooks import webhook_routes
from adapters.http.waiting.batched_lookup import BatchedLookup
from adapters.http.waiting.long_polling import ResultWaiters
from adapters.memory import (
    FixedClock,
    MemoryCompletionFeed,
    MemoryFreeSpace,
    MemoryImageStore,
    MemoryJobQueue,
    MemoryResultCache,
    MemoryUnitOfWork,
    SequentialIds,
)
from adapters.memory.backlog import MemoryBacklogReader
from adapters.memory.rate_buckets import MemoryRateBuckets
from application.accept.pipeline import AcceptancePipeline
from application.accept.rules import SubmissionRules
from application.accept.submit_prediction import SubmitPrediction
from application.accept.submit_predictions import SubmitPredictions
from application.access.find_api_keys import FindApiKeys
from application.admission.backlog import Backlog, BacklogLimits
from application.admission.gate import SubmissionGate
from application.admission.rate_control import RateControl
from application.look_up.check_health import CheckHealth
from application.look_up.get_image import GetImage
from application.look_up.get_prediction import GetPrediction
from application.look_up.get_queue import GetQueue
from application.look_up.get_webhook_deliveries import GetWebhookDeliveries
from application.look_up.list_predictions import ListPredictions
from application.manage.cancel_prediction import CancelPrediction
from application.manage.delete_prediction import DeletePrediction
from application.manage.retry_prediction import RetryPrediction
from application.ports.database.unit_of_work import UnitOfWork
from application.ports.health_check import HealthCheck
from application.ports.image_store import ImageStore
from domain.access.rate import RateLimit
from domain.image_limits import ImageLimits
from domain.webhooks.webhook import WebhookRules
from tests.harness.builders import png

SUBMIT = "/inference/image"
SUBMIT_MANY = "/inference/images"
PICTURE = png()
DATA = base64.b64encode(PICTURE).decode()
MAX_BYTES = 2000
VERSION = "1.2.3"
# Stands for what a client sends and no answer may repeat.
MARK = "Zq7secret"
NO_BACKLOG_LIMITS = BacklogLimits(sys.maxsize, sys.maxsize, sys.maxsize, timedelta(days=1))


@dataclass
class World:
    """Every adapter in reach, so that a test sees what a request left behind."""

    unit_of_work: UnitOfWork = field(default_factory=MemoryUnitOfWork)
    image_store: ImageStore = field(default_factory=MemoryImageStore)
    queue: MemoryJobQueue = field(default_factory=MemoryJobQueue)
    feed: MemoryCompletionFeed = field(default_factory=MemoryCompletionFeed)
    checks: Sequence[HealthCheck] = ()
    background: Sequence[HealthCheck] = ()
    receive_timeout: timedelta = timedelta(seconds=30)
    signs_webhooks: bool = True
    needs_keys: bool = False
    free_space: MemoryFreeSpace = field(default_factory=MemoryFreeSpace)
    rate: RateLimit | None = None
    backlog_limits: BacklogLimits = NO_BACKLOG_LIMITS
    clock: FixedClock = field(default_factory=FixedClock)

    @cached_property
    def app(self) -> FastAPI:
        submit, *others = self.routers()
        authenticate = self.authenticator.authenticate if self.needs_keys else None
        return create_app([submit, *others], busiest=submit, version=VERSION, protection=Protection(authenticate))

    @cached_property
    def gate(self) -> SubmissionGate:
        rates = RateControl(self.rate, MemoryRateBuckets(self.clock))
        return SubmissionGate(backlog=self.backlog, rates=rates, free_space=self.free_space)

    @cached_property
    def backlog(self) -> Backlog:
        rows = self.unit_of_work if isinstance(self.unit_of_work, MemoryUnitOfWork) else MemoryUnitOfWork()
        backlog = Backlog(self.backlog_limits, MemoryBacklogReader(rows), time.monotonic)
        self.feed.listen(backlog.note_changes)
        return backlog

    @cached_property
    def authenticator(self) -> Authenticator:
        return Authenticator(FindApiKeys(unit_of_work=self.unit_of_work).execute, self.clock)

    @cached_property
    def waiters(self) -> ResultWaiters:
        waiters = ResultWaiters(BatchedLookup(GetPrediction(unit_of_work=self.unit_of_work).execute))
        self.feed.listen(waiters.notify)
        return waiters

    def routers(self) -> list[APIRouter]:
        limits = HttpLimits(max_image_bytes=MAX_BYTES, receive_timeout=self.receive_timeout)
        bodies = RequestBodies(limits)
        rules, clock, ids = (
            SubmissionRules("squeezenet1_0", ImageLimits(max_bytes=MAX_BYTES), WebhookRules(self.signs_webhooks)),
            self.clock,
            SequentialIds(),
        )
        rows: dict[str, Any] = {"unit_of_work": self.unit_of_work}
        pictures = rows | {"image_store": self.image_store}
        changing: dict[str, Any] = {"announcer": self.feed, "clock": clock}
        results = MemoryResultCache(self.unit_of_work)
        pipeline = AcceptancePipeline(
            **pictures,
            rules=rules,
            publisher=self.queue,
            free_space=self.free_space,
            results=results,
            clock=clock,
            ids=ids,
        )
        return [
            submit_routes(SubmitPrediction(pipeline=pipeline), self.gate, self.waiters, bodies),
            prediction_routes(self.waiters, limits),
            webhook_routes(GetWebhookDeliveries(**rows)),
            batch_routes(SubmitPredictions(pipeline=pipeline), self.gate, bodies),
            list_routes(ListPredictions(**rows)),
            image_routes(GetImage(**pictures), BodyBudget(limits.max_bytes_of_bodies)),
            manage_routes(
                CancelPrediction(**rows, **changing),
                RetryPrediction(**pictures, publisher=self.queue, **changing),
                DeletePrediction(**pictures, **changing),
                self.gate,
            ),
            queue_routes(GetQueue(queue=self.queue)),
            health_routes(CheckHealth(checks=self.checks, background=self.background)),
            page_routes(limits, VERSION),
        ]

    def request(self, method: str, path: str, **request: Any) -> httpx.Response:
        return ask(self.app, method, path, **request)

    def get(self, path: str) -> httpx.Response:
        return self.request("GET", path)

    def submit(self, content: Any, content_type: str | None = None, query: str = "") -> httpx.Response:
        headers = {} if content_type is None else {"Content-Type": content_type}
        return self.request("POST", SUBMIT + query, content=content, headers=headers)

    def submit_many(self, *entries: object) -> httpx.Response:
        return self.request("POST", SUBMIT_MANY, content=body(images=entries))

    def submit_json(self, **fields: Any) -> httpx.Response:
        return self.submit(body(**fields))

    def is_empty(self) -> bool:
        """Nothing was kept and nothing was queued."""
        assert isinstance(self.unit_of_work, MemoryUnitOfWork)
        assert isinstance(self.image_store, MemoryImageStore)
        kept = len(self.unit_of_work) + len(self.image_store)
        return kept == 0 and self.queue.receive(1, timedelta(0)) == []


def ask(app: FastAPI, method: str, path: str, **request: Any) -> httpx.Response:
    """One request to the application, without a network."""

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            return await client.request(method, path, **request)

    return asyncio.run(send())


def body(**fields: Any) -> bytes:
    """A JSON body with these fields."""
    return json.dumps(fields).encode()


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    """The answer is a problem with this status and code, in one sentence, short and without an echo."""
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["type"] == "about:blank"
    assert problem["title"]
    assert re.fullmatch(r"[A-Z][^.]+\.", problem["detail"])
    assert MARK not in answer.text
    assert len(answer.content) < 1000
