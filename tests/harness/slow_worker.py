"""A worker whose model takes its time: ``python slow_worker.py LEAST MOST``, in seconds for a batch."""

import random
import sys
import time
from collections.abc import Sequence

from dependency_injector import providers

from adapters.observability.logs import configure_logging
from application.ports.classifier import Classifier
from domain.classification import Classification
from domain.errors import InvalidInput
from entrypoints import worker
from entrypoints.container import Container
from entrypoints.settings import Settings


class SlowClassifier(Classifier):
    """The real model, after a wait of `least` to `most` seconds."""

    def __init__(self, model: Classifier, least: float, most: float) -> None:
        self._model = model
        self._least = least
        self._most = most

    def classify(self, images: Sequence[bytes]) -> Sequence[Classification | InvalidInput | None]:
        time.sleep(random.uniform(self._least, self._most))
        return self._model.classify(images)


def main() -> None:
    """`predictor worker`, with that model."""
    least, most = map(float, sys.argv[1:])
    settings = Settings.load()
    configure_logging(settings.log_level)
    # Made before the override, so this one still has the real model.
    real = Container(settings=settings)
    Container.classifier.override(providers.Singleton(lambda: SlowClassifier(real.classifier(), least, most)))
    worker.work(settings)


if __name__ == "__main__":
    main()
