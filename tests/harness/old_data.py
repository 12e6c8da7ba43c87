"""Predictions and pictures of days ago, put straight into the database and the folder of a system."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from adapters.sql.connections.database import Database
from adapters.sql.unit_of_work import SQLUnitOfWork
from application.ports.database.unit_of_work import UnitOfWork
from domain.access.owner import DEFAULT_OWNER
from domain.image import ImageKey
from domain.image_header import ImageFormat
from domain.prediction import Prediction
from domain.time_ordered_id import first_uuid_at
from domain.webhooks.webhook import Webhook, WebhookEvent, WebhookUrl

DAY = timedelta(days=1)
_VERSION_7 = 0x7 << 76 | 0x2 << 62
_IN_ONE_INSERT = 500
WEBHOOK = Webhook(WebhookUrl("https://example.com/hook"), frozenset(WebhookEvent))


def uuid_at(moment: datetime, number: int) -> UUID:
    """A uuid of version 7."""
    return UUID(int=first_uuid_at(moment).int | _VERSION_7 | number)


def key_of(uuid: UUID) -> ImageKey:
    return ImageKey.of(uuid, ImageFormat.PNG)


@dataclass
class OldData:
    """A system's rows and files.

    Args:
        unit_of_work: of its database.
        images: its folder of pictures.
        picture: content of every file.
    """

    unit_of_work: UnitOfWork
    images: Path
    picture: bytes
    _numbers: int = 0

    def final(self, count: int, age: timedelta, **fields: Any) -> set[str]:
        """Keep predictions that were submitted and canceled so long ago; their keys."""
        return self._keep([self._prediction(age, cancel=True, **fields) for _ in range(count)])

    def waiting(self, count: int, age: timedelta) -> set[str]:
        """Keep predictions that were submitted so long ago and are not final; their keys."""
        return self._keep([self._prediction(age, cancel=False) for _ in range(count)])

    def without_row(self, count: int, age: timedelta) -> set[str]:
        """Keep pictures that were stored so long ago and belong to nothing; their keys."""
        keys = [key_of(self._uuid(age)).value for _ in range(count)]
        self._write(keys, age)
        return set(keys)

    def _prediction(self, age: timedelta, *, cancel: bool, **fields: Any) -> Prediction:
        at, uuid = datetime.now(UTC) - age, self._uuid(age)
        given: dict[str, Any] = {"model": "efficientnet_lite0", "name": "old", "top_k": 5} | fields
        prediction = Prediction(uuid=uuid, owner=DEFAULT_OWNER, image=key_of(uuid), created_at=at, due_at=at, **given)
        if cancel:
            prediction.cancel(at)
        return prediction

    def _uuid(self, age: timedelta) -> UUID:
        self._numbers += 1
        # Some a second, so that they fill a few folders.
        return uuid_at(datetime.now(UTC) - age - timedelta(seconds=self._numbers / 2), self._numbers)

    def _keep(self, predictions: Sequence[Prediction]) -> set[str]:
        keys = [prediction.image.value for prediction in predictions]
        self._write(keys, timedelta())
        for first in range(0, len(predictions), _IN_ONE_INSERT):
            with self.unit_of_work.begin() as tx:
                tx.predictions.add(predictions[first : first + _IN_ONE_INSERT])
                tx.commit()
        return set(keys)

    def _write(self, keys: Sequence[str], age: timedelta) -> None:
        at = (datetime.now(UTC) - age).timestamp()
        for key in keys:
            file = self.images / key
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(self.picture)
            os.utime(file, (at, at))


@contextmanager
def old_data(database_url: str, images: Path, picture: bytes) -> Iterator[OldData]:
    """Access to the rows and files of a system, which may be running."""
    database = Database(database_url)
    try:
        yield OldData(SQLUnitOfWork(database), images, picture)
    finally:
        database.close()


def stored(images: Path) -> set[str]:
    """Keys of all pictures in a folder."""
    return {str(path.relative_to(images)) for path in images.glob("*/*")}
