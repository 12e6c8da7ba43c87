"""When to try to connect again."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator

from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import AMQPError

_log = logging.getLogger(__name__)

# The wait doubles from the first to the last of these, drawn at random below it, so that many processes that lost
# the same broker do not come back at the same moment.
_FIRST_SECONDS, _LAST_SECONDS = 0.2, 10.0
# A connection that lasted this long was a good one: the next wait is short again.
_GOOD_SECONDS = 5.0


def reconnecting(stopping: threading.Event) -> Iterator[None]:
    """Come round each time a connection should be tried, until `stopping` is set."""
    wait = _FIRST_SECONDS
    while not stopping.is_set():
        began = time.monotonic()
        yield
        wait = _FIRST_SECONDS if time.monotonic() - began > _GOOD_SECONDS else min(2 * wait, _LAST_SECONDS)
        stopping.wait(random.uniform(0, wait))  # noqa: S311 (jitter is no secret)


def stay_connected(
    role: str, connect_and_serve: Callable[[], None], forget: Callable[[], None], stopping: threading.Event
) -> None:
    """Connect again and again, until `stopping` is set.

    Args:
        role: whose connection it is, for the log.
        connect_and_serve: returns or raises when the connection ends.
        forget: called after each connection's end.
        stopping: ends it.
    """
    for _ in reconnecting(stopping):
        try:
            connect_and_serve()
        except (AMQPError, AMQPConnectorException, OSError) as error:
            _log.warning("disconnected from the broker", extra={"role": role, "reason": repr(error)})
        except Exception:
            _log.exception("a connection to the broker failed", extra={"role": role})
        finally:
            forget()
