"""The gate for submissions."""

import time

from adapters.memory.rate_buckets import MemoryRateBuckets
from adapters.sql.backlog import SQLBacklogReader
from adapters.sql.connections.database import Database
from adapters.sql.rate_buckets import SQLRateBuckets
from application.admission.backlog import Backlog
from application.admission.gate import SubmissionGate
from application.admission.rate_control import RateControl
from application.ports.free_space import FreeSpace
from application.ports.queue.completion_feed import CompletionFeed
from application.ports.system import Clock
from entrypoints.settings import Settings


def open_gate(
    settings: Settings, database: Database, clock: Clock, feed: CompletionFeed, free_space: FreeSpace
) -> SubmissionGate:
    """The gate with the limits of the settings. Rates are in memory where only this process accepts pictures."""
    backlog = Backlog(
        settings.backlog_limits(needs_keys=settings.needs_keys), SQLBacklogReader(database), time.monotonic
    )
    feed.listen(backlog.note_changes)
    alone = settings.queue_kind == "embedded"
    buckets = MemoryRateBuckets(clock) if alone else SQLRateBuckets(database, clock)
    rates = RateControl(settings.rate_limit, buckets)
    return SubmissionGate(backlog=backlog, rates=rates, free_space=free_space)
