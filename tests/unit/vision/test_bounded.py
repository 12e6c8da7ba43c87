"""No more callers at work than there are turns."""

import threading
import time
from collections.abc import Sequence

from adapters.memory.classifier import labels
from adapters.vision.bounded import BoundedClassifier
from application.ports.classifier import Classifier
from domain.classification import Classification
from domain.errors import InvalidInput


class Counting(Classifier):
    """Remembers how many were at work at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = self.most = 0

    def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput]:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(0.02)
        with self._lock:
            self._now -= 1
        return [labels(image.decode()) for image in images]


def test_as_many_work_at_once_as_there_are_turns_and_everybody_comes_to_it() -> None:
    counting = Counting()
    bounded, answers = BoundedClassifier(counting, at_once=2), list[list[Classification | InvalidInput]]()
    callers = [
        threading.Thread(target=lambda n=n: answers.append(bounded.classify([f"label {n}".encode()]))) for n in range(6)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert counting.most == 2
    assert sorted(found.best.label for [found] in answers if isinstance(found, Classification)) == [
        f"label {n}" for n in range(6)
    ]
