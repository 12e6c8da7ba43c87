"""Encodes messages: a job as uuid, image key, model and priority; state changes as uuids and states.

Every message has a version. None contains an image, a name or a label.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pika

from domain.errors import InvalidField
from domain.image import ImageKey
from domain.job import Job
from domain.prediction_state import PredictionStatus, StateChange
from domain.priority import ORDINARY, Priority

# Incremented when messages change their meaning; engines leave messages of another version alone.
VERSION = 1


class UnknownMessage(Exception):
    """The message cannot be decoded."""


class UnknownVersion(UnknownMessage):
    """The message has another version: a newer one during an update, for a newer process to decode."""


def encode(job: Job) -> bytes:
    """The body of the message for `job`."""
    fields = {"uuid": str(job.uuid), "image": job.image.value, "model": job.model, "priority": job.priority.level}
    return orjson.dumps({"version": VERSION, **fields})


def properties(job: Job, publishing: int = 0, published_at: datetime | None = None) -> pika.BasicProperties:
    """Properties of the message: durable, recognised when it is returned, and with the time of its publishing.

    Args:
        job: in the message.
        publishing: number of the publishing in its channel, since one job may be published several times.
        published_at: time at which it is published; None if that is not known.
    """
    return pika.BasicProperties(
        content_type="application/json",
        delivery_mode=pika.DeliveryMode.Persistent.value,
        message_id=str(job.uuid),
        correlation_id=str(publishing),
        timestamp=int(published_at.timestamp()) if published_at else None,  # AMQP has whole seconds
    )


def time_of_publishing(properties: pika.BasicProperties) -> datetime | None:
    """Time at which a message was published, to the second and not later than that; None if it does not say."""
    try:
        return datetime.fromtimestamp(properties.timestamp, UTC)
    except (TypeError, ValueError, OverflowError, OSError):  # none, or no such time
        return None


def decode(body: bytes) -> Job:
    """The job in the body of a message.

    Raises:
        UnknownVersion: the message has another version.
        UnknownMessage: the body is no job.
    """
    try:
        message = _content(body)
        # Messages from before there were priorities have none.
        priority = Priority(message.get("priority", ORDINARY.level))
        return Job(UUID(message["uuid"]), ImageKey(message["image"]), str(message["model"]), priority)
    except (ValueError, KeyError, TypeError, AttributeError, InvalidField) as error:
        raise UnknownMessage("not a job") from error


def encode_state_changes(changes: Sequence[StateChange]) -> bytes:
    """The body of the message for `changes`."""
    return orjson.dumps({"version": VERSION, "changed": [[str(change.uuid), change.status] for change in changes]})


def decode_state_changes(body: bytes) -> list[StateChange]:
    """The state changes in the body of a message.

    Raises:
        UnknownMessage: the body is no list of state changes.
    """
    try:
        changed = _content(body)["changed"]
        return [StateChange(UUID(uuid), PredictionStatus(status)) for uuid, status in changed]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnknownMessage("not state changes") from error


def _content(body: bytes) -> Any:
    """Content of a message of our version, not yet validated."""
    message = orjson.loads(body)
    if message["version"] != VERSION:
        raise UnknownVersion(f"version {message['version']}")
    return message
