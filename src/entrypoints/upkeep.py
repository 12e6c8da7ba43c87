"""The engine and the upkeep of its queue, for the processes that run them: `predictor worker` and `predictor serve`."""

import logging
from datetime import timedelta

from adapters.lifecycle.part import Part
from adapters.runners.housekeeping import Chore, Housekeeping
from entrypoints.container import Container

# Interval of ending what has expired in the queue: a client hears of it this late when no engine is free.
_EXPIRY_SECONDS = 2.0
# Interval of deleting what is old. Days are kept, so that a minute is no matter.
_PURGE_SECONDS = 60.0
# Interval of looking for pictures without a prediction: a listing of an object store's folders, which costs money.
_SWEEP_SECONDS = 3600.0
# Interval of counting the pictures that wait, beside those that this process counts itself.
_BACKLOG_SECONDS = 1.0
# Interval of looking at the room in the queue, as often as the relay does.
_PUBLICATION_SECONDS = 0.25
# Interval of noting when keys were last used.
_KEY_USES_SECONDS = 60.0


def http_upkeep(container: Container) -> Part:
    """The upkeep of a process that serves HTTP: it counts the pictures that wait, and notes the uses of API keys."""
    backlog = container.gate().backlog

    def count_waiting() -> int:
        backlog.refresh()
        return 0  # nothing that anybody has to be told of

    chores = [Chore("backlog", _BACKLOG_SECONDS, count_waiting, "waiting pictures were counted")]
    if container.settings().needs_keys:
        chores += [_key_uses(container), _publication(container)]
    return Housekeeping(chores, container.retry(), container.stopping())


def close_databases(container: Container) -> None:
    """Close the connections to the databases."""
    container.access().database.close()
    container.database().close()


def _key_uses(container: Container) -> Chore:
    access = container.access()

    def note() -> int:
        access.note_uses.execute(access.authenticator.take_uses())
        return 0

    return Chore("key-uses", _KEY_USES_SECONDS, note, "uses of API keys were noted")


def _publication(container: Container) -> Chore:
    publication = container.messaging().publication

    def renew() -> int:
        publication.renew()
        return 0

    return Chore("publication", _PUBLICATION_SECONDS, renew, "the room in the queue was read")


def engine_and_upkeep(container: Container, recovery_seconds: float, *more: Chore) -> list[Part]:
    """Housekeeping, webhook dispatcher and engine: the engine starts last, so that it is the first to stop.

    Args:
        recovery_seconds: interval of looking for predictions whose engine is gone.
        more: chores of this process only.
    """
    chores = (
        *more,
        Chore("recovery", recovery_seconds, container.recover_stalled().execute, "stalled predictions were requeued"),
        Chore("expiry", _EXPIRY_SECONDS, container.expire_jobs().execute, "predictions expired in the queue"),
        *_retention(container),
    )
    housekeeping = Housekeeping(chores, container.retry(), container.stopping())
    return [housekeeping, container.webhook_dispatcher(), container.engine()]


def _retention(container: Container) -> list[Chore]:
    """Chores that delete what is old; none where everything is kept for ever."""
    shortest = container.settings().retention_rules.shortest
    if shortest is None:
        return []

    def sweep(min_age: timedelta = shortest) -> int:
        # Younger ones stay, since their row may come back with a backup; older ones would be deleted with their row.
        orphans = container.retention().sweep
        found = orphans.execute(min_age, orphans.MOST_IN_FOLDER)
        return found.images - found.left

    purge = container.retention().purge.execute
    return [
        Chore("retention", _PURGE_SECONDS, purge, "old predictions or pictures were deleted", logging.INFO),
        Chore("orphans", _SWEEP_SECONDS, sweep, "old pictures without a prediction were deleted", logging.INFO),
    ]
