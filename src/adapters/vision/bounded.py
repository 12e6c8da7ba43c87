"""A classifier that leaves the cores to as many callers as there are cores."""

import threading
from collections.abc import Sequence

from application.ports.classifier import Classifier
from domain.classification import Classification
from domain.errors import InvalidInput


class BoundedClassifier(Classifier):
    """Lets a few callers work at once, and the others wait for their turn.

    An engine has a slot more than this: while one waits for the database to keep its results, the next one has taken
    up and fetched its pictures already, and no core is idle. All at work at once would only take the cores, and their
    caches, from each other.

    Args:
        classifier: does the work.
        at_once: callers that work at the same time.
    """

    def __init__(self, classifier: Classifier, at_once: int) -> None:
        self._classifier = classifier
        self._turns = threading.BoundedSemaphore(at_once)

    def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput]:
        with self._turns:
            return self._classifier.classify(images)
