"""An engine that classifies nothing while a file `hold` lies in its folder: ``python held_engine.py serve|worker``."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from dependency_injector import providers

from adapters.observability.logs import configure_logging
from application.ports.classifier import Classifier
from domain.classification import Classification
from domain.errors import InvalidInput
from entrypoints import serve, worker
from entrypoints.container import Container
from entrypoints.settings import Settings

HOLD = "hold"


class HeldClassifier(Classifier):
    """The real model, which waits while the file is there."""

    def __init__(self, model: Classifier) -> None:
        self._model = model

    def classify(self, images: Sequence[bytes]) -> Sequence[Classification | InvalidInput | None]:
        while Path(HOLD).exists():
            time.sleep(0.01)
        return self._model.classify(images)


def main() -> None:
    """`predictor serve` or `predictor worker`, with that model."""
    settings = Settings.load()
    configure_logging(settings.log_level)
    # Made before the override, so this one still has the real model.
    real = Container(settings=settings)
    Container.classifier.override(providers.Singleton(lambda: HeldClassifier(real.classifier())))
    if sys.argv[1] == "serve":
        serve.serve(settings, lambda url: print(url, flush=True))
    else:
        worker.work(settings)


if __name__ == "__main__":
    main()
