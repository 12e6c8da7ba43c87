"""Messages: of a job its uuid, the link to its image, its model and priority; of news the uuids and the states.

Every message tells its version. An image, a name or a label is never in one.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
import pika

from domain.errors import InvalidField
from domain.image import ImageKey
from domain.job import Job
from domain.prediction_state import PredictionStatus, StateChange
from domain.priority import ORDINARY, Priority

# Raised when a message means something else than before; engines that do not know a version leave it alone.
VERSION = 1


class UnknownMessage(Exception):
    """This is no message of ours, or one of another version."""


def encode(job: Job) -> bytes:
    """The body of the message for `job`."""
    fields = {"uuid": str(job.uuid), "image": job.image.value, "model": job.model, "priority": job.priority.level}
    return orjson.dumps({"version": VERSION, **fields})


def properties(job: Job) -> pika.BasicProperties:
    """Durable, and recognisable when it comes back."""
    return pika.BasicProperties(
        content_type="application/json",
        delivery_mode=pika.DeliveryMode.Persistent.value,
        message_id=str(job.uuid),
    )


def decode(body: bytes) -> Job:
    """The job in the body of a message.

    Raises:
        UnknownMessage: there is none.
    """
    try:
        message = _content(body)
        # Messages from before there were priorities have none.
        priority = Priority(message.get("priority", ORDINARY.level))
        return Job(UUID(message["uuid"]), ImageKey(message["image"]), str(message["model"]), priority)
    except (ValueError, KeyError, TypeError, AttributeError, InvalidField) as error:
        raise UnknownMessage("not a job") from error


def encode_state_changes(changes: Sequence[StateChange]) -> bytes:
    """The body of the message that tells what has changed."""
    return orjson.dumps({"version": VERSION, "changed": [[str(change.uuid), change.status] for change in changes]})


def decode_state_changes(body: bytes) -> list[StateChange]:
    """What has changed, by the body of a message.

    Raises:
        UnknownMessage: it does not say.
    """
    try:
        changed = _content(body)["changed"]
        return [StateChange(UUID(uuid), PredictionStatus(status)) for uuid, status in changed]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnknownMessage("no news") from error


def _content(body: bytes) -> Any:
    """What a message of our version says; what it holds is for the caller to find out."""
    message = orjson.loads(body)
    if message["version"] != VERSION:
        raise UnknownMessage(f"version {message['version']}")
    return message
