"""The image store that the settings choose."""

from typing import Protocol

from adapters.sql.connections.database import Database
from adapters.sql.image_store import SQLImageStore
from adapters.storage.local_image_store import LocalImageStore
from adapters.storage.object_image_store import ObjectImageStore
from application.ports.health_check import HealthCheck
from application.ports.image_store import ImageStore
from application.ports.image_store_setup import ImageStoreSetup
from application.ports.image_store_sweep import ImageStoreSweep
from application.ports.system import Clock
from entrypoints.settings import Settings


class CheckedImageStore(ImageStore, ImageStoreSetup, ImageStoreSweep, HealthCheck, Protocol):
    """An image store that can be set up, and tells whether it can be used."""


def open_image_store(settings: Settings, database: Database, clock: Clock) -> CheckedImageStore:
    """The image store at the URL of the settings.

    Raises:
        ImageStoreUnavailable: the URL is not valid.
    """
    match settings.image_store_scheme:
        case "file":
            return LocalImageStore(settings.image_folder)
        case "db":
            return SQLImageStore(database, clock)
        case _:
            return ObjectImageStore.at(settings.image_store_url or "")
