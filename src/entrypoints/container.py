"""Joins the use cases with the adapters that the settings choose. The only import of dependency_injector."""

import threading
from functools import partial

from dependency_injector import containers, providers
from fastapi import APIRouter

from adapters.http.requests.body_budget import BodyBudget
from adapters.http.requests.request_bodies import RequestBodies
from adapters.http.routes.batch import batch_routes
from adapters.http.routes.image import image_routes
from adapters.http.routes.list import list_routes
from adapters.http.routes.manage import manage_routes
from adapters.http.routes.prediction import prediction_routes
from adapters.http.routes.queue import queue_routes
from adapters.http.routes.submit import submit_routes
from adapters.http.routes.webhooks import webhook_routes
from adapters.lifecycle.backoff import BackoffRetry
from adapters.lifecycle.supervised_loop import SupervisedLoop
from adapters.runners.parent_watch import terminate_process
from adapters.runners.prediction_engine import PredictionEngine
from adapters.runners.webhook_dispatcher import CombinedAnnouncer, WebhookDispatcher
from adapters.sql.connections.clock import SharedClock
from adapters.sql.connections.database import Database
from adapters.sql.connections.health import DatabaseHealth, SchemaHealth
from adapters.sql.result_cache import SQLResultCache
from adapters.sql.unit_of_work import SQLUnitOfWork
from adapters.storage.disk_space import DiskSpace
from adapters.system import TimeOrderedIds
from application.accept.pipeline import AcceptancePipeline
from application.accept.submit_prediction import SubmitPrediction
from application.accept.submit_predictions import SubmitPredictions
from application.classify.attempts import Attempts
from application.classify.attempts_in_hand import AttemptsInHand
from application.classify.record_model_version import RecordModelVersion
from application.classify.renew_leases import RenewLeases
from application.classify.run_inference import RunInference
from application.look_up.get_image import GetImage
from application.look_up.get_prediction import GetPrediction
from application.look_up.get_queue import GetQueue
from application.look_up.get_webhook_deliveries import GetWebhookDeliveries
from application.look_up.list_predictions import ListPredictions
from application.manage.cancel_prediction import CancelPrediction
from application.manage.delete_prediction import DeletePrediction
from application.manage.retry_prediction import RetryPrediction
from application.upkeep.confirm_jobs import ConfirmJobs
from application.upkeep.expire_jobs import ExpireJobs
from application.upkeep.prepare_image_store import PrepareImageStore
from application.upkeep.recover_stalled import RecoverStalled
from application.upkeep.relay_jobs import RelayJobs
from application.upkeep.release_lost_jobs import ReleaseLostJobs
from entrypoints.bundles.access import open_access
from entrypoints.bundles.admission import open_gate
from entrypoints.bundles.http import http_limits, open_waiters
from entrypoints.bundles.image_stores import open_image_store
from entrypoints.bundles.messaging import open_messaging
from entrypoints.bundles.model import load_classifier, read_model_version
from entrypoints.bundles.retention import open_retention
from entrypoints.bundles.webhooks import open_webhooks
from entrypoints.settings import Settings


def _clock_loop(clock: SharedClock, stopping: threading.Event) -> SupervisedLoop:
    return SupervisedLoop("clock", partial(clock.keep, stopping), stopping)


class Container(containers.DeclarativeContainer):
    """Everything that a process may need, made when it is first asked for."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)

    stopping = providers.Singleton(threading.Event)
    retry = providers.Singleton(BackoffRetry, stopping)
    ids = providers.Singleton(TimeOrderedIds)
    database = providers.Singleton(Database, settings.provided.database)
    clock = providers.Singleton(SharedClock, database)
    clock_loop = providers.Singleton(_clock_loop, clock, stopping)
    database_health = providers.Singleton(DatabaseHealth, database)
    schema_health = providers.Singleton(SchemaHealth, database)
    unit_of_work = providers.Singleton(SQLUnitOfWork, database)
    result_cache = providers.Singleton(SQLResultCache, database, clock)
    image_store = providers.Singleton(open_image_store, settings, database, clock)
    prepare_image_store = providers.Singleton(PrepareImageStore, setup=image_store, unit_of_work=unit_of_work)
    disk_space = providers.Singleton(DiskSpace, settings.provided.written_folders, settings.provided.min_free_bytes)
    classifier = providers.Singleton(load_classifier, settings, stopping)
    model_version = providers.Singleton(read_model_version, settings)

    confirm_jobs = providers.Singleton(ConfirmJobs, unit_of_work=unit_of_work, clock=clock, retry=retry)
    messaging = providers.Singleton(open_messaging, settings, database, confirm_jobs, clock)
    publisher = messaging.provided.publisher

    webhook_work = providers.Factory(open_webhooks, settings, unit_of_work, clock, retry)
    webhook_dispatcher = providers.Singleton(
        WebhookDispatcher,
        make_work=webhook_work.provider,
        senders=settings.provided.active_webhook_senders,
        retry=retry,
        stopping=stopping,
    )
    announcer = providers.Singleton(CombinedAnnouncer, messaging.provided.announcer, webhook_dispatcher)

    recover_stalled = providers.Singleton(
        RecoverStalled, unit_of_work=unit_of_work, publisher=publisher, announcer=announcer, clock=clock
    )
    expire_jobs = providers.Singleton(ExpireJobs, unit_of_work=unit_of_work, announcer=announcer, clock=clock)
    relay_jobs = providers.Singleton(
        RelayJobs,
        rules=settings.provided.relay_rules,
        unit_of_work=unit_of_work,
        publisher=publisher,
        lanes=messaging.provided.lanes,
        clock=clock,
    )
    retention = providers.Singleton(open_retention, settings, unit_of_work, image_store, clock, stopping)
    release_lost_jobs = providers.Singleton(
        ReleaseLostJobs,
        rules=settings.provided.relay_rules,
        unit_of_work=unit_of_work,
        publisher=publisher,
        lanes=messaging.provided.lanes,
        clock=clock,
    )
    attempts = providers.Singleton(
        Attempts,
        rules=settings.provided.attempt_rules,
        unit_of_work=unit_of_work,
        clock=clock,
        retry=retry,
        model_version=model_version,
    )
    attempts_in_hand = providers.Singleton(AttemptsInHand)
    renew_leases = providers.Singleton(
        RenewLeases,
        lease=settings.provided.attempt_rules.lease,
        in_hand=attempts_in_hand,
        unit_of_work=unit_of_work,
        clock=clock,
    )
    run_inference = providers.Singleton(
        RunInference,
        attempts=attempts,
        in_hand=attempts_in_hand,
        image_store=image_store,
        classifier=classifier,
        queue=messaging.provided.consumer,
        announcer=announcer,
        retry=retry,
        compute_slots=providers.Singleton(threading.BoundedSemaphore, settings.provided.concurrency),
    )
    record_model_version = providers.Singleton(
        RecordModelVersion, model=settings.provided.model_name, version=model_version, results=result_cache, retry=retry
    )
    engine = providers.Singleton(
        PredictionEngine,
        load=run_inference.provider,
        on_loaded=record_model_version.provider,
        on_load_failure=providers.Object(terminate_process),
        renew_leases=renew_leases,
        queue=messaging.provided.consumer,
        retry=retry,
        stopping=stopping,
        slots=settings.provided.slots,
        batch_size=settings.provided.batch_size,
    )

    access = providers.Singleton(open_access, settings, database, clock)

    acceptance = providers.Singleton(
        AcceptancePipeline,
        rules=settings.provided.submission_rules,
        unit_of_work=unit_of_work,
        image_store=image_store,
        publisher=publisher,
        results=result_cache,
        free_space=disk_space,
        clock=clock,
        ids=ids,
        publication=messaging.provided.publication,
    )

    gate = providers.Singleton(open_gate, settings, database, clock, messaging.provided.feed, disk_space)

    # What the HTTP interface offers. A use case that only clients call is named here and nowhere else.
    http_limits = providers.Singleton(http_limits, settings)
    request_bodies = providers.Singleton(RequestBodies, http_limits)
    result_waiters = providers.Singleton(
        open_waiters, settings, providers.Factory(GetPrediction, unit_of_work=unit_of_work), messaging.provided.feed
    )
    submit_router = providers.Singleton(
        submit_routes, providers.Factory(SubmitPrediction, pipeline=acceptance), gate, result_waiters, request_bodies
    )
    routers: providers.Provider[list[APIRouter]] = providers.List(
        submit_router,
        providers.Factory(prediction_routes, result_waiters, http_limits),
        providers.Factory(webhook_routes, providers.Factory(GetWebhookDeliveries, unit_of_work=unit_of_work)),
        providers.Factory(
            batch_routes, providers.Factory(SubmitPredictions, pipeline=acceptance), gate, request_bodies
        ),
        providers.Factory(list_routes, providers.Factory(ListPredictions, unit_of_work=unit_of_work)),
        providers.Factory(
            image_routes,
            providers.Factory(GetImage, unit_of_work=unit_of_work, image_store=image_store),
            providers.Factory(BodyBudget, http_limits.provided.max_bytes_of_bodies),
        ),
        providers.Factory(
            manage_routes,
            providers.Factory(CancelPrediction, unit_of_work=unit_of_work, announcer=announcer, clock=clock),
            providers.Factory(
                RetryPrediction,
                unit_of_work=unit_of_work,
                image_store=image_store,
                publisher=publisher,
                announcer=announcer,
                clock=clock,
                publication=messaging.provided.publication,
            ),
            providers.Factory(
                DeletePrediction, unit_of_work=unit_of_work, image_store=image_store, announcer=announcer, clock=clock
            ),
            gate,
        ),
        providers.Factory(
            queue_routes,
            providers.Factory(GetQueue, queue=messaging.provided.gauge, held_back=messaging.provided.held_back),
        ),
    )
