"""Keeping new predictions in SQL: one transaction for those that came at the same time."""

from collections.abc import Sequence

from sqlalchemy import insert

from adapters.sql.connections.database import Database
from adapters.sql.connections.errors import ConnectionLost, Deadlocked, committed
from adapters.sql.schema.mapping import to_row
from adapters.sql.schema.tables import predictions as table
from adapters.sql.webhooks import add_deliveries
from application.ports.database.intake import Intake
from domain.prediction import Prediction

# How often a group is written that the database broke off, or whose connection turned out to be one from before a
# restart of the server. Either leaves nothing behind.
_TRIES = 5
# Made once: to put a statement together costs more than to run it.
_INSERT = insert(table)


class SQLIntake(Intake):
    """Inserts the rows of a group in one statement; where one of them is refused, the others without it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, predictions: Sequence[Prediction]) -> list[Exception | None]:
        errors: dict[int, Exception] = {}
        self._write(sorted(enumerate(predictions), key=lambda entry: _key(entry[1])), errors)
        return [errors.get(number) for number in range(len(predictions))]

    def _write(self, group: Sequence[tuple[int, Prediction]], errors: dict[int, Exception]) -> None:
        try:
            self._insert_patiently([prediction for _, prediction in group])
        except ValueError as error:
            # One of them is there already: the others must not suffer for it.
            if len(group) > 1:
                for part in _apart(group):
                    self._write(part, errors)
            else:
                errors[group[0][0]] = error
        except Exception as error:
            errors.update((number, error) for number, _ in group)

    def _insert_patiently(self, predictions: Sequence[Prediction]) -> None:
        for tries_left in reversed(range(_TRIES)):
            try:
                self._insert(predictions)
                return
            except (Deadlocked, ConnectionLost):
                if not tries_left:
                    raise

    def _insert(self, predictions: Sequence[Prediction]) -> None:
        with self._database.write() as connection:
            connection.execute(_INSERT, [to_row(prediction) for prediction in predictions])
            add_deliveries(connection, predictions)
            with committed():
                connection.commit()


def _key(prediction: Prediction) -> str:
    """What a group is sorted by: two processes that insert the same keys meet them in the same order, so that neither
    waits for the other while that one waits for it."""
    return prediction.idempotency.key.value if prediction.idempotency else ""


def _apart(group: Sequence[tuple[int, Prediction]]) -> list[list[tuple[int, Prediction]]]:
    """The parts of a group of which one is there already: most likely the one whose client sent it twice."""
    with_key = [entry for entry in group if _key(entry[1])]
    without = [entry for entry in group if not _key(entry[1])]
    together = bool(with_key and without)
    return [without, *([e] for e in with_key)] if together else [[e] for e in group]
