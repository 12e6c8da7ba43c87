"""The checks of `predictor doctor`."""

import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from adapters.rabbitmq.health import BrokerHealth
from adapters.rabbitmq.topology import Topology
from adapters.vision.compiling.compiled_model import is_compiled
from adapters.vision.model_version import model_version
from adapters.vision.models.catalogue import available_models
from adapters.vision.models.model_choice import DEFAULT_MODEL, ModelChoice, RuntimeKind
from application.upkeep.prepare_image_store import ImageStoreState
from domain.errors import DatabaseUnavailable, ModelUnavailable
from entrypoints.bundles.model import choose_model
from entrypoints.commands.check_runner import Check, CheckFailed
from entrypoints.container import Container
from entrypoints.settings import Settings

# Room for a thousand pictures of the largest size that is accepted by default.
_MIN_FREE_BYTES = 2**30

_MIGRATE = "predictor migrate"


def checks(settings: Settings) -> Sequence[Check]:
    """A check for each part that the service needs with these settings."""
    settings = settings.for_embedded() if settings.queue_kind == "embedded" else settings
    parts = _Parts(settings, Container(settings=settings))
    return (
        Check("database", parts.database, "Check that the database runs and that PREDICTOR_DATABASE_URL is right."),
        Check("schema", parts.schema, "Check that the database runs, and then run: predictor migrate"),
        Check("broker", parts.broker, "Check that RabbitMQ runs and that PREDICTOR_BROKER_URL is right."),
        Check("image store", parts.image_store, "Check that PREDICTOR_IMAGE_STORE_URL is right and writable."),
        Check("model", parts.model, "Check PREDICTOR_MODEL and PREDICTOR_WEIGHTS."),
        Check("clock", parts.clock, "Check that the database runs, and set both clocks by NTP."),
        Check("disk", parts.disk, "Free some space, or choose other directories."),
    )


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts of the service. Each method describes one, or raises an error if it does not work.

    None of them creates a file or a directory.
    """

    settings: Settings
    container: Container

    def database(self) -> str:
        if self._is_missing():
            return "does not exist yet; predictor serve or predictor migrate creates it"
        return _timed(self.container.database_health().check)

    def schema(self) -> str:
        if self._is_missing():
            return "is created together with the database"
        self.container.schema_health().check()
        return "fits this version"

    def broker(self) -> str:
        if self.settings.queue_kind == "embedded":
            return "not needed: the database is the queue"
        health = BrokerHealth(Topology(self.settings.broker_urls, self.settings.queue_name))
        unavailable = list[str]()
        text = _timed(lambda: unavailable.extend(health.unavailable_brokers()))
        return f"{text}, but not at {', '.join(unavailable)}" if unavailable else text

    def image_store(self) -> str:
        if self.settings.image_store_scheme == "db" and self._is_missing():
            return "in the database"
        store = self.container.image_store()
        if store.is_set_up():
            return _timed(store.check)
        if not store.has_pictures() and self._has_predictions():
            raise self.container.prepare_image_store().loss
        if self.settings.queue_kind != "embedded":
            raise CheckFailed(f"There is no marker at {store.location}. If that is the right place, run: {_MIGRATE}.")
        if self.settings.image_store_scheme == "file":
            _check_writable(_existing(self.settings.image_folder))
        return f"{store.location} will be set up by predictor serve or {_MIGRATE}"

    def _has_predictions(self) -> bool:
        """True if the database has predictions; it is asked only where the image store has neither marker nor picture.

        Raises:
            CheckFailed: the database cannot be asked.
        """
        if self._is_missing():
            return False
        try:
            return self.container.prepare_image_store().look() is ImageStoreState.LOST
        except DatabaseUnavailable:
            location = self.container.image_store().location
            raise CheckFailed(f"There is no marker at {location}, and the database cannot be asked.") from None

    def model(self) -> str:
        choice = choose_model(self.settings)
        for file in filter(None, (choice.file, choice.weights)):
            if not os.access(file, os.R_OK):
                raise CheckFailed(f"{file} cannot be read.")
        if choice.file:
            return f"{choice.file}, with its weights and labels"
        try:
            model_version(choice)  # reads the weights that are on this machine
        except ModelUnavailable as error:
            raise CheckFailed(error.message) from None
        if choice.runtime is not RuntimeKind.TORCH and is_compiled(choice):
            return f"{choice.model}, compiled"
        return f"{choice.model}, {_origin(choice)}"

    def clock(self) -> str:
        if make_url(self.settings.database).get_backend_name() == "sqlite":
            return "the database uses this machine's clock"
        if difference := self.container.clock().read().difference:
            raise difference
        return "agrees with the database server's"

    def disk(self) -> str:
        folders = [self.settings.cache_folder]
        if self.settings.image_store_scheme == "file":
            folders.append(self.settings.image_folder)
        if self.settings.queue_kind == "embedded":
            folders.append(self.settings.data_dir)
        free = {folder: shutil.disk_usage(_existing(folder)).free for folder in folders}
        fullest = min(free, key=lambda folder: free[folder])
        text = f"{free[fullest] / 2**30:.1f} GiB free for {fullest}"
        if free[fullest] < _MIN_FREE_BYTES:
            raise CheckFailed(f"Only {text}.")
        return text

    def _is_missing(self) -> bool:
        """True if the database is a file that does not exist. Opening it would create it."""
        url = make_url(self.settings.database)
        return url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()


def _check_writable(folder: Path) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CheckFailed(f"{folder} is not writable.")


def _origin(choice: ModelChoice) -> str:
    """Source of the weights at the first start."""
    if choice.weights:
        return f"weights in {choice.weights}, loaded at the first start"
    if choice.model == DEFAULT_MODEL:
        return "weights installed, loaded at the first start"
    if choice.model not in available_models():
        raise CheckFailed("There is no model of this name. See: predictor models")
    return "weights downloaded at the first start, unless they are in the cache"


def _timed(check: Callable[[], None]) -> str:
    started = time.monotonic()
    check()
    return f"answers in {1000 * (time.monotonic() - started):.0f} ms"


def _existing(folder: Path) -> Path:
    """The directory, or the nearest existing one above it."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
