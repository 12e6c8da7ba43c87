"""The prediction engine by itself: takes jobs from the broker, and sees to those that went astray."""

import logging
import signal
import threading

from entrypoints.container import Container
from entrypoints.http_server import CannotServe
from entrypoints.settings import Settings

_log = logging.getLogger(__name__)

# How often to look for jobs that did not reach the broker: this is how late they are after it has come back.
_RELAY_SECONDS = 1.0
# How often to look for predictions whose engine is gone. Leases last longer, so it need not be exact.
_RECOVERY_SECONDS = 10.0
# How often to end what has expired in the queue: this is how late a client hears of it when no engine is free.
_EXPIRY_SECONDS = 2.0


def work(settings: Settings) -> None:
    """Classify until SIGTERM or SIGINT; then finish the batches in work, acknowledge them, and return.

    Raises:
        CannotServe: the model cannot be loaded.
        InvalidSettings: no broker or no server database is given.
    """
    settings.check_for_production()
    done = threading.Event()
    for stopping in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stopping, lambda *_: done.set())
    container = Container(settings=settings)
    _start(container, done)
    done.wait()
    _log.info("worker stopping")
    _stop(container)
    if failure := container.engine().failure:
        raise CannotServe(str(failure)) from failure
    _log.info("worker stopped")


def _start(container: Container, done: threading.Event) -> None:
    container.publisher().start()
    container.queue().start()
    container.engine().start(on_failure=done.set)
    container.webhook_dispatcher().start()
    housekeeping = container.housekeeping()
    housekeeping.every(_RELAY_SECONDS, container.relay_jobs().execute, "jobs left behind were published")
    housekeeping.every(_RECOVERY_SECONDS, container.recover_stalled().execute, "stalled predictions were queued again")
    housekeeping.every(_EXPIRY_SECONDS, container.expire_jobs().execute, "predictions expired in the queue")


def _stop(container: Container) -> None:
    container.engine().stop()
    container.webhook_dispatcher().stop()
    container.housekeeping().stop()
    container.queue().stop()
    container.publisher().stop()
    container.database().close()
