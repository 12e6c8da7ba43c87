"""Translation of pika's errors into the port's."""

from collections.abc import Iterator
from contextlib import contextmanager

from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import AMQPError

from domain.errors import QueueUnavailable


class NotConnected(QueueUnavailable):
    """No connection to this broker was made; another broker may take one."""


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise `QueueUnavailable` when the broker cannot be reached or ends the connection."""
    try:
        yield
    except (AMQPError, AMQPConnectorException, OSError) as error:
        raise QueueUnavailable from error
