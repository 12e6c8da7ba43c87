import pytest

from adapters.vision.classifier import VisionClassifier
from adapters.vision.loading import load_classifier
from domain.image import ImageLimits


@pytest.fixture(scope="session")
def lite0() -> VisionClassifier:
    """The default model on the torch engine, loaded once."""
    return load_classifier("efficientnet_lite0", None, ImageLimits(), threads=2)
