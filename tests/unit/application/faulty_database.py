"""A database in memory with faults."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto

from adapters.memory import MemoryUnitOfWork
from adapters.memory.database.predictions import MemoryPredictionReader
from adapters.memory.database.unit_of_work import MemoryCommittedState, MemoryTransaction
from application.ports.database.unit_of_work import CommitUncertain, TransactionAborted
from domain.errors import DatabaseUnavailable


class Fault(Enum):
    NONE = auto()
    AWAY = auto()  # cannot be reached
    ABORTED = auto()  # ended by the database, which kept nothing
    LOST_BEFORE = auto()  # the connection broke during the commit, before it took effect
    LOST_AFTER = auto()  # the connection broke during the commit, after it took effect
    BROKEN = auto()  # a defect


class FaultyDatabase(MemoryUnitOfWork):
    """Each transaction has the next of the faults; those after the last fault have none."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__()
        self.faults = list(faults)
        self.begun = 0

    @contextmanager
    def begin(self) -> Iterator[MemoryTransaction]:
        self.begun += 1
        fault = self.faults.pop(0) if self.faults else Fault.NONE
        if fault is Fault.AWAY:
            raise DatabaseUnavailable
        with super().begin() as tx:
            yield FaultyTransaction(tx, fault)


class FaultyTransaction(MemoryTransaction):
    def __init__(self, sound: MemoryTransaction, fault: Fault) -> None:
        self._sound, self._fault = sound, fault
        self.predictions, self.overdue = sound.predictions, sound.overdue

    def commit(self) -> None:
        if self._fault is Fault.BROKEN:
            raise ZeroDivisionError
        if self._fault is Fault.ABORTED:
            raise TransactionAborted
        if self._fault is not Fault.LOST_BEFORE:
            self._sound.commit()
        if self._fault is not Fault.NONE:
            raise CommitUncertain


class SlowToSee(MemoryUnitOfWork):
    """Another process commits between a look and an insert: the first `blind` looks find nothing."""

    def __init__(self, blind: int = 0) -> None:
        super().__init__()
        self.blind = blind
        self.reads = 0

    @contextmanager
    def read(self) -> Iterator[MemoryCommittedState]:
        self.blind, self.reads = self.blind - 1, self.reads + 1
        with super().read() as committed:
            if self.blind >= 0:
                committed.predictions = MemoryPredictionReader({})
            yield committed
