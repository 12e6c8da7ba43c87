"""Reading of weights from a file. Nothing in the file is run.

Torch refuses a pickle that holds anything but tensors and plain containers (``weights_only``).
"""

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor, nn

from adapters.vision.models.weights_identity import checked_digest

StateDict = OrderedDict[str, Tensor]

_TORCH_SUFFIXES = (".pth", ".pt")
_SAFETENSORS_SUFFIX = ".safetensors"
SUFFIXES = (*_TORCH_SUFFIXES, _SAFETENSORS_SUFFIX)

# Keys under which training scripts store the state dict beside other data.
_WRAPPERS = ("state_dict", "model")
# Prefix that ``nn.DataParallel`` adds to every name.
_PARALLEL_PREFIX = "module."


def read_weights(path: Path, sha256: str = "") -> StateDict:
    """Read the tensors of a ``.pth``, ``.pt`` or ``.safetensors`` file onto the CPU.

    Args:
        path: of the file.
        sha256: what the hash of the file has to begin with, in hexadecimal digits. It is checked first, and what is
            read then is the same open file.

    Raises:
        OSError: the file cannot be read.
        ValueError: the file has another suffix or another hash, holds other objects than tensors, or no dictionary of
            them.
        Exception: torch and safetensors raise others on a damaged file.
    """
    if path.suffix not in SUFFIXES:
        raise ValueError(f"not one of {', '.join(SUFFIXES)}")
    with path.open("rb") as file:
        if sha256:
            checked_digest(file, sha256)
        if path.suffix == _SAFETENSORS_SUFFIX:
            from safetensors.torch import load_file

            return plain_state_dict(load_file(path))
        try:
            return plain_state_dict(torch.load(file, map_location="cpu", weights_only=True))
        except UnpicklingError as error:
            # Torch's own message explains how to run what the file contains.
            raise ValueError("it is damaged or holds more than tensors; nothing in it was run") from error


def plain_state_dict(loaded: Any) -> StateDict:
    """Unwrap a state dict and remove the prefix of parallel training; raises ValueError if there is none."""
    for key in _WRAPPERS:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(key), Mapping):
            loaded = loaded[key]
    if not isinstance(loaded, Mapping) or not all(isinstance(value, Tensor) for value in loaded.values()):
        raise ValueError("not a state dict, a dictionary of tensors by name")
    if not any(name.startswith(_PARALLEL_PREFIX) for name in loaded):
        # Not copied, since an attribute may hold the versions of its modules.
        return loaded if isinstance(loaded, OrderedDict) else OrderedDict(loaded)
    return OrderedDict((name.removeprefix(_PARALLEL_PREFIX), value) for name, value in loaded.items())


def load_into(network: nn.Module, weights: StateDict) -> None:
    """Load weights into a network; raises ValueError if a tensor is missing, left over, or of another shape."""
    if not hasattr(weights, "_metadata"):
        # Plain tensors have no versions of their modules. MNASNet needs one, so the network's own is set; batch
        # normalisation without one accepts old files that lack a tensor.
        versions = network.state_dict()._metadata  # type: ignore[attr-defined]
        weights._metadata = {"": versions[""]}  # type: ignore[attr-defined]
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        wrong = _misfits(network.state_dict(), weights)
        message = f"{len(wrong)} tensors are missing, left over or of another shape: {', '.join(wrong[:3])}"
        raise ValueError(message) from error


def _misfits(expected: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> list[str]:
    shared = expected.keys() & given.keys()
    lonely = expected.keys() ^ given.keys()
    return sorted(lonely | {name for name in shared if expected[name].shape != given[name].shape})
