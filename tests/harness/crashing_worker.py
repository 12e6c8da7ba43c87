"""A worker whose model dies of one picture, taking its process along: ``python crashing_worker.py``."""

import os
import signal
from collections.abc import Sequence

from dependency_injector import providers

from adapters.observability.logs import configure_logging
from application.ports.classifier import Classifier
from domain.classification import Classification
from domain.errors import InvalidInput
from entrypoints import worker
from entrypoints.container import Container
from entrypoints.settings import Settings

# A comment at the end of a picture, which no decoder reads.
POISON = b"poison"


class DyingClassifier(Classifier):
    """The real model, and a crash as by a defect in a decoder's C code."""

    def __init__(self, model: Classifier) -> None:
        self._model = model

    def classify(self, images: Sequence[bytes]) -> Sequence[Classification | InvalidInput | None]:
        if any(image.endswith(POISON) for image in images):
            os.kill(os.getpid(), signal.SIGKILL)
        return self._model.classify(images)


def main() -> None:
    """`predictor worker`, with that model."""
    settings = Settings.load()
    configure_logging(settings.log_level)
    # Made before the override, so this one still has the real model.
    real = Container(settings=settings)
    Container.classifier.override(providers.Singleton(lambda: DyingClassifier(real.classifier())))
    worker.work(settings)


if __name__ == "__main__":
    main()
