"""The product's pipeline from bytes to label, in a process of its own, without a server."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from application.ports.classifier import Classifier
from benchmarks.speed import Speed
from domain.classification import Classification
from entrypoints.container import Container
from entrypoints.settings import Settings


@dataclass
class Pipeline:
    """The classifier that the settings choose, and pictures."""

    classifier: Classifier
    pictures: Sequence[bytes]
    # The pool's worker has nowhere else to keep it.
    current: ClassVar["Pipeline"]

    def classify(self, first: int, count: int) -> None:
        """Classify `count` pictures at once, from number `first` on."""
        chosen = [self.pictures[number % len(self.pictures)] for number in range(first, first + count)]
        for outcome in self.classifier.classify(chosen):
            assert isinstance(outcome, Classification), outcome


def prepare(settings: Settings, pictures: Sequence[bytes]) -> None:
    """Set the process up."""
    Pipeline.current = Pipeline(Container(settings=settings).classifier(), pictures)
    Pipeline.current.classify(0, 1)


def classify_for(seconds: float, slots: int, batch: int) -> Speed:
    """Classify in `slots` threads, `batch` pictures a call, as the slots of a worker do.

    The rate is the sum of the threads' own rates, as the limit's is of its processes: a thread that has finished its
    last batch does not count as idle until the others have.
    """
    counts, rates = [0] * slots, [0.0] * slots
    began, cpu_began = time.perf_counter(), time.process_time()

    def work(slot: int) -> None:
        while time.perf_counter() - began < seconds:
            Pipeline.current.classify(slot + counts[slot], batch)
            counts[slot] += batch
            rates[slot] = counts[slot] / (time.perf_counter() - began)

    threads = [threading.Thread(target=work, args=(slot,)) for slot in range(slots)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cpu_seconds = time.process_time() - cpu_began
    return Speed(sum(rates), {"process": cpu_seconds / sum(counts)})


def times_of_one(count: int) -> list[float]:
    """The seconds that one picture takes, `count` times, one after the other."""
    seconds = []
    for number in range(count):
        began = time.perf_counter()
        Pipeline.current.classify(number, 1)
        seconds.append(time.perf_counter() - began)
    return seconds
