"""What `predictor doctor` looks at."""

import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import make_url

from adapters.rabbitmq.health import BrokerHealth
from adapters.sql.connections.clock import DatabaseClock
from adapters.vision.compiling.compiled_model import is_compiled
from adapters.vision.models.catalogue import available_models
from adapters.vision.models.model_choice import DEFAULT_MODEL, ModelChoice, Precision, RuntimeKind
from adapters.vision.models.weights_identity import bundled_weights
from entrypoints.commands.checkup import Check, Trouble
from entrypoints.container import Container
from entrypoints.settings import Settings

# Leases last a minute by default: a clock that is ahead by a good part of it takes others' work for abandoned.
_MOST_APART = timedelta(seconds=5)
# A thousand of the largest pictures.
_LEAST_FREE_BYTES = 2**30


def checks(settings: Settings) -> Sequence[Check]:
    """Everything that the service of these settings needs."""
    settings = settings.for_embedded() if settings.queue_kind == "embedded" else settings
    on = _Examination(settings, Container(settings=settings))
    return (
        Check("database", on.database, "See that it runs and that PREDICTOR_DATABASE_URL is right."),
        Check("schema", on.schema, "See that the database runs, and then run: predictor migrate"),
        Check("broker", on.broker, "See that it runs and that PREDICTOR_BROKER_URL is right."),
        Check("image store", on.image_store, "See that PREDICTOR_IMAGE_STORE_URL is right and can be written to."),
        Check("model", on.model, "See that PREDICTOR_MODEL and PREDICTOR_WEIGHTS are right."),
        Check("clock", on.clock, "See that the database runs, and let NTP set its clock and this machine's."),
        Check("disk", on.disk, "Make room, or choose other folders."),
    )


@dataclass(frozen=True, slots=True)
class _Examination:
    """Each method says how a part is. None of them makes a file or a folder."""

    settings: Settings
    container: Container

    def database(self) -> str:
        if self._is_to_be_made():
            return "not there yet; predictor serve and predictor migrate make it"
        return _timed(self.container.database_health().check)

    def schema(self) -> str:
        if self._is_to_be_made():
            return "made together with the database"
        self.container.schema_health().check()
        return "fits this version"

    def broker(self) -> str:
        if self.settings.queue_kind == "embedded":
            return "none is needed: the database is the queue"
        return _timed(BrokerHealth(self.container.broker()).check)

    def image_store(self) -> str:
        if self.settings.image_store_kind == "db" and self._is_to_be_made():
            return "in the database"
        if self.settings.image_store_kind != "file":
            return _timed(self.container.image_store().check)
        folder = self.settings.image_folder
        if not os.access(_existing(folder), os.W_OK | os.X_OK):
            raise Trouble(f"{_existing(folder)} cannot be written to.")
        return f"{folder} can be written to" if folder.exists() else f"{folder} is not there yet and will be made"

    def model(self) -> str:
        settings = self.settings
        choice = ModelChoice(
            settings.model,
            settings.weights,
            settings.cache_folder,
            RuntimeKind(settings.engine),
            Precision(settings.precision),
        )
        for file in filter(None, (choice.file, choice.weights)):
            if not os.access(file, os.R_OK):
                raise Trouble(f"{file} cannot be read.")
        if choice.file:
            return f"{choice.file}, complete in itself"
        if choice.runtime is not RuntimeKind.TORCH and is_compiled(choice):
            return f"{choice.model}, compiled"
        return f"{choice.model}, {_origin(choice)}"

    def clock(self) -> str:
        if make_url(self.settings.database).get_backend_name() == "sqlite":
            return "the database has this machine's"
        began = time.monotonic()
        theirs = DatabaseClock(self.container.database()).now()
        ours = self.container.clock().now()
        apart = abs(ours - theirs)
        # Their time was taken at some moment of the question, which may have had to connect first.
        if apart > _MOST_APART + timedelta(seconds=time.monotonic() - began):
            raise Trouble(f"It and the database server's are {apart.total_seconds():.1f} seconds apart.")
        return "agrees with the database server's"

    def disk(self) -> str:
        folders = [self.settings.cache_folder]
        if self.settings.image_store_kind == "file":
            folders.append(self.settings.image_folder)
        if self.settings.queue_kind == "embedded":
            folders.append(self.settings.data_dir)
        free = {folder: shutil.disk_usage(_existing(folder)).free for folder in folders}
        tightest = min(free, key=lambda folder: free[folder])
        told = f"{free[tightest] / 2**30:.1f} GiB free for {tightest}"
        if free[tightest] < _LEAST_FREE_BYTES:
            raise Trouble(f"Only {told}.")
        return told

    def _is_to_be_made(self) -> bool:
        """Whether the database is a file that does not exist; to open it would make it."""
        url = make_url(self.settings.database)
        return url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()


def _origin(choice: ModelChoice) -> str:
    """Where the first start gets the weights from."""
    if choice.weights:
        return f"weights in {choice.weights}, to be loaded at the first start"
    if choice.model == DEFAULT_MODEL:
        if not bundled_weights().exists():
            raise Trouble("The weights of the model are not installed.")
        return "weights installed, to be loaded at the first start"
    if choice.model not in available_models():
        raise Trouble("There is no model of this name; predictor models lists them.")
    return "weights to be downloaded at the first start, unless they were before"


def _timed(check: Callable[[], None]) -> str:
    began = time.monotonic()
    check()
    return f"answers in {1000 * (time.monotonic() - began):.0f} ms"


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
