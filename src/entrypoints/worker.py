"""`predictor worker`: the prediction engine, which takes jobs from the broker, and the upkeep of the queue."""

import logging
import signal
import threading

from adapters.lifecycle.part import Parts
from adapters.runners.housekeeping import Chore, Housekeeping
from entrypoints.container import Container
from entrypoints.http_server import CannotServe
from entrypoints.settings import Settings

_log = logging.getLogger(__name__)

# Interval of publishing what did not reach the broker: it is this late after the broker has come back.
_RELAY_SECONDS = 1.0
# Interval of looking for predictions whose engine is gone. Leases last longer, so it need not be exact.
_RECOVERY_SECONDS = 10.0
# Interval of ending what has expired in the queue: a client hears of it this late when no engine is free.
_EXPIRY_SECONDS = 2.0


def work(settings: Settings) -> None:
    """Classify until SIGTERM or SIGINT; then finish the batches in work, acknowledge them, and return.

    Raises:
        CannotServe: the model cannot be loaded.
        InvalidSettings: no broker or no server database is given.
    """
    settings.check_for_production()
    told_to_stop = threading.Event()
    for stopping in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stopping, lambda *_: told_to_stop.set())
    container = Container(settings=settings)
    parts = worker_parts(container)
    parts.start()
    told_to_stop.wait()
    _log.info("worker stopping")
    parts.stop()
    if failure := container.engine().load_failure:
        raise CannotServe(str(failure)) from failure
    _log.info("worker stopped")


def worker_parts(container: Container) -> Parts:
    """The parts of a worker, in the order in which they start: the engine last, so that it is the first to stop."""
    chores = (
        Chore("relay", _RELAY_SECONDS, container.relay_jobs().execute, "unpublished jobs were published"),
        Chore("recovery", _RECOVERY_SECONDS, container.recover_stalled().execute, "stalled predictions were requeued"),
        Chore("expiry", _EXPIRY_SECONDS, container.expire_jobs().execute, "predictions expired in the queue"),
    )
    return Parts(
        container.stopping(),
        container.database().close,
        [
            *container.messaging().worker_parts,
            Housekeeping(chores, container.retry(), container.stopping()),
            container.webhook_dispatcher(),
            container.engine(),
        ],
    )
