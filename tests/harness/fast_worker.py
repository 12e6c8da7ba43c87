"""A worker whose model takes no time: ``python fast_worker.py``."""

from collections.abc import Sequence

from dependency_injector import providers

from adapters.observability.logs import configure_logging
from application.ports.classifier import Classifier
from domain.classification import Classification, ScoredLabel
from domain.errors import InvalidInput
from entrypoints import worker
from entrypoints.container import Container
from entrypoints.settings import Settings

LABEL = "anything"
_ANSWER = Classification((ScoredLabel(LABEL, 1.0),))


class FastClassifier(Classifier):
    """Gives every picture the same label, and does not look at it."""

    def classify(self, images: Sequence[bytes]) -> list[Classification | InvalidInput | None]:
        return [_ANSWER for _ in images]


def main() -> None:
    """`predictor worker`, with that model."""
    settings = Settings.load()
    configure_logging(settings.log_level)
    Container.classifier.override(providers.Singleton(FastClassifier))
    worker.work(settings)


if __name__ == "__main__":
    main()
