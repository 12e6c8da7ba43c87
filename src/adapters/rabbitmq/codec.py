"""Jobs as messages: a version, the uuid, the link to the image, the model. Never the image."""

from uuid import UUID

import orjson
import pika

from domain.image import ImageKey
from domain.prediction import Job

# Raised when a message means something else than before; engines that do not know a version leave it alone.
VERSION = 1


class UnknownMessage(Exception):
    """This is no job, or one of another version."""


def encode(job: Job) -> bytes:
    """The body of the message for `job`."""
    return orjson.dumps({"version": VERSION, "uuid": str(job.uuid), "image": job.image.value, "model": job.model})


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
        message = orjson.loads(body)
        if message["version"] != VERSION:
            raise UnknownMessage(f"version {message['version']}")
        return Job(UUID(message["uuid"]), ImageKey(message["image"]), str(message["model"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnknownMessage("not a job") from error
