"""Joins the use cases with the adapters that the settings choose. The only import of dependency_injector."""

import threading
from typing import TYPE_CHECKING

from dependency_injector import containers, providers

from adapters.http.responses.rendering import render_prediction
from adapters.lifecycle.backoff import BackoffRetry
from adapters.memory.completion_feed import MemoryCompletionFeed
from adapters.rabbitmq.broker import Broker
from adapters.rabbitmq.completion_feed import RabbitMQCompletionFeed
from adapters.rabbitmq.job_consumer import RabbitMQJobConsumer
from adapters.rabbitmq.publisher import RabbitMQJobPublisher
from adapters.rabbitmq.queue_gauge import RabbitMQQueueGauge
from adapters.runners.housekeeping import Housekeeping
from adapters.runners.prediction_engine import PredictionEngine
from adapters.runners.webhook_dispatcher import CombinedAnnouncer, WebhookDispatcher
from adapters.sql.connections.database import Database
from adapters.sql.connections.health import DatabaseHealth, SchemaHealth
from adapters.sql.image_store import SQLImageStore
from adapters.sql.job_queue import SQLJobQueue
from adapters.sql.result_cache import SQLResultCache
from adapters.sql.unit_of_work import SQLUnitOfWork
from adapters.storage.local_image_store import LocalImageStore
from adapters.storage.object_image_store import ObjectImageStore
from adapters.system import SystemClock, TimeOrderedIds
from adapters.webhooks.sender import HTTPWebhookSender
from application.accept.pipeline import AcceptancePipeline
from application.accept.submit_prediction import SubmitPrediction
from application.accept.submit_predictions import SubmitPredictions
from application.classify.run_inference import RunInference
from application.classify.serve_model import ServeModel
from application.look_up.check_health import CheckHealth
from application.look_up.get_image import GetImage
from application.look_up.get_prediction import GetPrediction
from application.look_up.get_queue import GetQueue
from application.look_up.get_webhook_deliveries import GetWebhookDeliveries
from application.look_up.list_predictions import ListPredictions
from application.manage.cancel_prediction import CancelPrediction
from application.manage.delete_prediction import DeletePrediction
from application.manage.retry_prediction import RetryPrediction
from application.ports.classifier import Classifier
from application.upkeep.confirm_jobs import ConfirmJobs
from application.upkeep.deliver_webhooks import DeliverWebhooks
from application.upkeep.expire_jobs import ExpireJobs
from application.upkeep.recover_stalled import RecoverStalled
from application.upkeep.relay_jobs import RelayJobs
from entrypoints.settings import Settings

if TYPE_CHECKING:
    from adapters.vision.models.choice import ModelChoice


# What is imported in these functions is so that a process that classifies nothing imports neither NumPy nor an engine.
def _choose_model(settings: Settings) -> "ModelChoice":
    from adapters.vision.models.choice import ModelChoice, Precision, RuntimeKind

    engine, precision = RuntimeKind(settings.engine), Precision(settings.precision)
    return ModelChoice(settings.model, settings.weights, settings.cache_folder, engine, precision)


def _load_classifier(settings: Settings) -> Classifier:
    from adapters.vision.loading import load_classifier

    return load_classifier(_choose_model(settings), settings.limits)


def _tell_model_version(settings: Settings) -> str:
    from adapters.vision.model_version import model_version

    return model_version(_choose_model(settings))


class Container(containers.DeclarativeContainer):
    """Everything that a process may need, made when it is first asked for."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)

    stopping = providers.Singleton(threading.Event)
    retry = providers.Singleton(BackoffRetry, stopping)
    clock = providers.Singleton(SystemClock)
    ids = providers.Singleton(TimeOrderedIds)
    database = providers.Singleton(Database, settings.provided.database)
    unit_of_work = providers.Singleton(SQLUnitOfWork, database)
    broker = providers.Singleton(Broker, settings.provided.broker_url, settings.provided.queue_name)
    confirm_jobs = providers.Singleton(ConfirmJobs, unit_of_work=unit_of_work, clock=clock, retry=retry)
    rows_as_queue = providers.Singleton(SQLJobQueue, database, clock)
    rabbitmq_queue = providers.Singleton(RabbitMQJobConsumer, broker, settings.provided.prefetch)
    queue = providers.Selector(settings.provided.queue_kind, embedded=rows_as_queue, rabbitmq=rabbitmq_queue)
    rabbitmq_publisher = providers.Singleton(RabbitMQJobPublisher, broker, confirm_jobs.provided.execute)
    publisher = providers.Selector(settings.provided.queue_kind, embedded=rows_as_queue, rabbitmq=rabbitmq_publisher)
    feed_within = providers.Singleton(MemoryCompletionFeed)
    feed = providers.Selector(settings.provided.queue_kind, embedded=feed_within, rabbitmq=rabbitmq_publisher)
    rabbitmq_feed = providers.Singleton(RabbitMQCompletionFeed, broker)
    completion_feed = providers.Selector(settings.provided.queue_kind, embedded=feed_within, rabbitmq=rabbitmq_feed)
    # A worker asks the broker over the connection on which it has its jobs; the API, which has none, on the feed's.
    worker_gauge = providers.Singleton(RabbitMQQueueGauge, broker, rabbitmq_queue.provided.connection)
    queue_gauge = providers.Selector(
        settings.provided.queue_kind,
        embedded=rows_as_queue,
        rabbitmq=providers.Singleton(RabbitMQQueueGauge, broker, rabbitmq_feed.provided.connection),
    )
    image_store = providers.Selector(
        settings.provided.image_store_kind,
        file=providers.Singleton(LocalImageStore, settings.provided.image_folder),
        db=providers.Singleton(SQLImageStore, database, clock),
        object=providers.Singleton(ObjectImageStore.at, settings.provided.image_store_url),
    )
    classifier = providers.Singleton(_load_classifier, settings)
    model_version = providers.Singleton(_tell_model_version, settings)
    result_cache = providers.Singleton(SQLResultCache, database, clock)
    serve_model = providers.Singleton(
        ServeModel, model=settings.provided.model_name, version=model_version, results=result_cache, retry=retry
    )

    # The body of a webhook is what GET answers: the adapters know nothing of each other, so they are joined here.
    webhook_sender = providers.Singleton(
        HTTPWebhookSender,
        render=providers.Object(render_prediction),
        secrets=settings.provided.webhook_keys,
        address_policy=settings.provided.webhook_address_policy,
    )
    deliver_webhooks = providers.Singleton(
        DeliverWebhooks,
        schedule=settings.provided.webhook_schedule,
        unit_of_work=unit_of_work,
        sender=webhook_sender,
        clock=clock,
        retry=retry,
    )
    webhook_dispatcher = providers.Singleton(
        WebhookDispatcher,
        deliver=deliver_webhooks.provider,
        sends=settings.provided.sends_webhooks,
        retry=retry,
        stopping=stopping,
    )
    announcer = providers.Singleton(CombinedAnnouncer, feed, webhook_dispatcher)

    acceptance = providers.Singleton(
        AcceptancePipeline,
        rules=settings.provided.submission_rules,
        unit_of_work=unit_of_work,
        image_store=image_store,
        publisher=publisher,
        results=result_cache,
        clock=clock,
        ids=ids,
    )
    submit_prediction = providers.Singleton(SubmitPrediction, pipeline=acceptance)
    submit_predictions = providers.Singleton(SubmitPredictions, pipeline=acceptance)
    get_prediction = providers.Singleton(GetPrediction, unit_of_work=unit_of_work)
    get_queue = providers.Singleton(GetQueue, queue=queue_gauge)
    get_webhook_deliveries = providers.Singleton(GetWebhookDeliveries, unit_of_work=unit_of_work)
    recover_stalled = providers.Singleton(
        RecoverStalled, unit_of_work=unit_of_work, publisher=publisher, announcer=announcer, clock=clock
    )
    expire_jobs = providers.Singleton(ExpireJobs, unit_of_work=unit_of_work, announcer=announcer, clock=clock)
    get_image = providers.Singleton(GetImage, unit_of_work=unit_of_work, image_store=image_store)
    list_predictions = providers.Singleton(ListPredictions, unit_of_work=unit_of_work)
    cancel_prediction = providers.Singleton(
        CancelPrediction, unit_of_work=unit_of_work, announcer=announcer, clock=clock
    )
    retry_prediction = providers.Singleton(
        RetryPrediction,
        unit_of_work=unit_of_work,
        image_store=image_store,
        publisher=publisher,
        announcer=announcer,
        clock=clock,
    )
    delete_prediction = providers.Singleton(
        DeletePrediction, unit_of_work=unit_of_work, image_store=image_store, announcer=announcer, clock=clock
    )
    run_inference = providers.Singleton(
        RunInference,
        rules=settings.provided.attempt_rules,
        unit_of_work=unit_of_work,
        image_store=image_store,
        classifier=classifier,
        queue=queue,
        announcer=announcer,
        clock=clock,
        retry=retry,
        model_version=model_version,
        compute_slots=providers.Singleton(threading.BoundedSemaphore, settings.provided.concurrency),
    )
    relay_jobs = providers.Singleton(
        RelayJobs,
        rules=settings.provided.relay_rules,
        unit_of_work=unit_of_work,
        publisher=publisher,
        queue=worker_gauge,
        clock=clock,
    )
    engine = providers.Singleton(
        PredictionEngine,
        load=run_inference.provider,
        on_loaded=serve_model.provider,
        queue=queue,
        retry=retry,
        stopping=stopping,
        slots=settings.provided.slots,
        batch_size=settings.provided.batch_size,
    )
    housekeeping = providers.Singleton(Housekeeping, retry=retry, stopping=stopping)

    database_health = providers.Singleton(DatabaseHealth, database)
    schema_health = providers.Singleton(SchemaHealth, database)
    check_api = providers.Singleton(
        CheckHealth, checks=providers.List(database_health, schema_health, publisher, image_store)
    )
    check_embedded = providers.Singleton(
        CheckHealth, checks=providers.List(database_health, schema_health, publisher, image_store, engine)
    )
