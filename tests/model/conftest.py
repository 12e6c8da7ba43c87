from pathlib import Path

import pytest

from adapters.vision.classifier import VisionClassifier
from adapters.vision.loading import load_classifier
from adapters.vision.models.model_choice import DEFAULT_MODEL, ModelChoice, RuntimeKind
from domain.image_limits import ImageLimits
from tests.model.networks import State, random_network


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of compiled models for all tests: compiling takes seconds."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session", params=[RuntimeKind.TORCH, RuntimeKind.CPU])
def lite0(request: pytest.FixtureRequest, cache: Path) -> VisionClassifier:
    """The default model, loaded once on each runtime."""
    return load_classifier(ModelChoice(DEFAULT_MODEL, None, cache, request.param), ImageLimits(), threads=2)


@pytest.fixture(scope="session")
def squeezenet() -> State:
    """The weights of a small network, which no test changes."""
    return dict(random_network("squeezenet1_0").state_dict())
