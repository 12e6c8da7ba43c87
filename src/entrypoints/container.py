"""Joins the use cases with the adapters that the settings choose. The only import of dependency_injector."""

import threading

from dependency_injector import containers, providers

from adapters.backoff import BackoffRetry
from adapters.sql.database import Database
from adapters.sql.health import DatabaseHealth, SchemaHealth
from adapters.sql.job_queue import SQLJobQueue
from adapters.sql.unit_of_work import SQLUnitOfWork
from adapters.storage.local_image_store import LocalImageStore
from adapters.system import SystemClock, TimeOrderedIds
from application.check_health import CheckHealth
from application.get_prediction import GetPrediction
from application.ports.classifier import Classifier
from application.recover_stalled import RecoverStalled
from application.run_inference import RunInference
from application.submit_prediction import SubmitPrediction
from entrypoints.engine import Engine
from entrypoints.settings import Settings


def _load_classifier(settings: Settings) -> Classifier:
    # Imported here so that a process that classifies nothing never imports torch.
    from adapters.vision.loading import load_classifier

    return load_classifier(settings.model, settings.weights, settings.limits, threads=1)


class Container(containers.DeclarativeContainer):
    """Everything that a process may need, made when it is first asked for."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)

    stopping = providers.Singleton(threading.Event)
    retry = providers.Singleton(BackoffRetry, stopping)
    clock = providers.Singleton(SystemClock)
    ids = providers.Singleton(TimeOrderedIds)
    database = providers.Singleton(Database, settings.provided.database)
    unit_of_work = providers.Singleton(SQLUnitOfWork, database)
    queue = providers.Singleton(SQLJobQueue, database, clock)
    image_store = providers.Singleton(LocalImageStore, settings.provided.image_folder)
    classifier = providers.Singleton(_load_classifier, settings)

    submit_prediction = providers.Singleton(
        SubmitPrediction,
        rules=settings.provided.submission_rules,
        unit_of_work=unit_of_work,
        image_store=image_store,
        publisher=queue,
        clock=clock,
        ids=ids,
    )
    get_prediction = providers.Singleton(GetPrediction, unit_of_work=unit_of_work)
    recover_stalled = providers.Singleton(RecoverStalled, unit_of_work=unit_of_work, publisher=queue, clock=clock)
    run_inference = providers.Singleton(
        RunInference,
        rules=settings.provided.attempt_rules,
        unit_of_work=unit_of_work,
        image_store=image_store,
        classifier=classifier,
        queue=queue,
        clock=clock,
        retry=retry,
    )
    engine = providers.Singleton(
        Engine,
        load=run_inference.provider,
        queue=queue,
        recover=recover_stalled,
        retry=retry,
        stopping=stopping,
        slots=settings.provided.concurrency,
        batch_size=settings.provided.batch_size,
    )
    check_health = providers.Singleton(
        CheckHealth,
        checks=providers.List(
            providers.Singleton(DatabaseHealth, database),
            providers.Singleton(SchemaHealth, database),
            image_store,
            engine,
        ),
    )
