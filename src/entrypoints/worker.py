"""`predictor worker`: the prediction engine, which takes jobs from the broker, and the upkeep of the queue."""

import logging
import signal
import threading

from adapters.lifecycle.part import Parts
from adapters.runners.housekeeping import Chore
from entrypoints.container import Container
from entrypoints.http_server import CannotServe
from entrypoints.settings import Settings
from entrypoints.upkeep import engine_and_upkeep

_log = logging.getLogger(__name__)

# Interval of publishing what waits in the outbox: a job that was held back is this late, and the queue is to hold what
# is done meanwhile.
_RELAY_SECONDS = 0.25
# Interval of looking for jobs that the broker lost. They count as lost much later, so it need not be exact.
_LOST_JOBS_SECONDS = 1.0
# Interval of looking for predictions whose engine is gone. Leases last longer, so it need not be exact.
_RECOVERY_SECONDS = 10.0


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
    """The parts of a worker, in the order in which they start."""
    relay_jobs, release_lost = container.relay_jobs(), container.release_lost_jobs()

    def relay() -> int:
        relay_jobs.execute()
        return 0  # it is the usual way of a job, so nobody has to be told

    chores = [
        Chore("relay", _RELAY_SECONDS, relay, "jobs were published"),
        Chore("lost-jobs", _LOST_JOBS_SECONDS, release_lost.execute, "lost jobs are published again"),
    ]
    connections = container.messaging().worker_parts
    parts = [container.clock_loop(), *connections, *engine_and_upkeep(container, _RECOVERY_SECONDS, *chores)]
    return Parts(container.stopping(), container.database().close, parts)
