"""Import of torchvision, also beside a CPU build of torch. No other module imports it.

A torchvision wheel that was compiled for CUDA cannot load its operators beside a CPU build of torch (they
come from different package indexes, so the mix is common), and then ``import torchvision`` itself fails with
``operator torchvision::nms does not exist``. The classification models and the transforms are pure Python
and need none of these operators: declaring the two that are looked up during the import makes it work.
"""

import importlib
import sys
from functools import cache
from types import ModuleType
from typing import Any

# The operators that torchvision looks up while it is imported; 0.28 added the second one.
_OPERATORS = ("nms", "qnms")
_SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


@cache
def load_torchvision() -> Any:
    """Import the module ``torchvision``, which has no type hints, even if its compiled operators do not load.

    Raises:
        ImportError: torch or torchvision is not installed.
        RuntimeError: torchvision failed for another reason than its missing operators.
    """
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "operator torchvision::" not in str(error):
            raise
        # The modules of the failed import go, so that the next one runs all of them again.
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        _declare_operators()
        return importlib.import_module("torchvision")


def load_torchvision_models() -> ModuleType:
    """Import ``torchvision.models``; see `load_torchvision`."""
    models: ModuleType = load_torchvision().models
    return models


@cache
def _declare_operators() -> Any:
    """Declare the operators, without an implementation, as long as the result lives; the cache keeps it alive."""
    import torch.library

    untyped: Any = torch.library
    library = untyped.Library("torchvision", "DEF")
    for operator in _OPERATORS:
        library.define(operator + _SIGNATURE)
    return library
