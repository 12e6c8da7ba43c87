"""Group commit: whoever comes while a transaction is under way shares the next one."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import insert

from adapters.sql.database import Database
from adapters.sql.errors import Deadlocked, committed
from adapters.sql.mapping import to_row
from adapters.sql.tables import predictions as table
from adapters.sql.webhooks import add_deliveries
from application.ports.intake import Intake
from domain.prediction import Prediction

# A statement of so many rows takes a few milliseconds; a larger one would only make its callers wait for each other.
_MOST_ROWS = 64
# How often a group is written that the database broke off. One that is broken off leaves nothing behind.
_TRIES = 5


@dataclass
class _Entry:
    """A caller who waits for its row, or for its turn to write those of the others."""

    prediction: Prediction
    wake: threading.Event = field(default_factory=threading.Event)
    done: bool = False
    error: Exception | None = None


class SQLIntake(Intake):
    """Inserts the rows of concurrent callers together.

    The first caller leads: it writes what waits, its own row among it, and then hands the lead to the first
    of those that came meanwhile. Nobody waits for others to come, so a lone caller pays nothing.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._waiting: list[_Entry] = []
        self._led = False

    def keep(self, prediction: Prediction) -> None:
        entry = _Entry(prediction)
        with self._lock:
            self._waiting.append(entry)
            leads, self._led = not self._led, True
        if not leads:
            entry.wake.wait()
        if not entry.done:
            self._lead()
        if entry.error:
            raise entry.error

    def _lead(self) -> None:
        with self._lock:
            group, self._waiting = self._waiting[:_MOST_ROWS], self._waiting[_MOST_ROWS:]
        self._write(group)
        with self._lock:
            successors = self._waiting[:1]
            self._led = bool(successors)
        for entry in group:
            entry.done = True
        for entry in [*group, *successors]:
            entry.wake.set()

    def _write(self, group: Sequence[_Entry]) -> None:
        try:
            self._insert_patiently([entry.prediction for entry in sorted(group, key=_key)])
        except ValueError as error:
            # One of them is there already: the others must not suffer for it.
            if len(group) > 1:
                for part in _apart(group):
                    self._write(part)
            else:
                group[0].error = error
        except Exception as error:
            for entry in group:
                entry.error = error

    def _insert_patiently(self, predictions: Sequence[Prediction]) -> None:
        for tries_left in reversed(range(_TRIES)):
            try:
                self._insert(predictions)
                return
            except Deadlocked:
                if not tries_left:
                    raise

    def _insert(self, predictions: Sequence[Prediction]) -> None:
        with self._database.write() as connection:
            connection.execute(insert(table), [to_row(prediction) for prediction in predictions])
            add_deliveries(connection, predictions)
            with committed():
                connection.commit()


def _key(entry: _Entry) -> str:
    """What a group is sorted by: two processes that insert the same keys meet them in the same order, so that neither
    waits for the other while that one waits for it."""
    return entry.prediction.idempotency.key.value if entry.prediction.idempotency else ""


def _apart(group: Sequence[_Entry]) -> list[list[_Entry]]:
    """The parts of a group of which one is there already: most likely the one whose client sent it twice."""
    with_key = [entry for entry in group if _key(entry)]
    without = [entry for entry in group if not _key(entry)]
    together = bool(with_key and without)
    return [without, *([e] for e in with_key)] if together else [[e] for e in group]
