"""Which model is to be served, and how."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

DEFAULT_MODEL = "efficientnet_lite0"
FILE_SUFFIX = ".onnx"


class RuntimeKind(StrEnum):
    """What runs the model."""

    AUTO = "auto"
    CPU = "cpu"
    TORCH = "torch"


class Precision(StrEnum):
    """The numbers that the compiled model computes with."""

    FP32 = "fp32"
    INT8 = "int8"


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which model is to be served, and how.

    Args:
        model: a name of the catalogue, or the path of an ``.onnx`` file.
        weights: a file with the state dict of the model; None: the published ones.
        runtime: AUTO is TORCH where there is a CUDA device, and CPU elsewhere.
        precision: INT8 is for the CPU runtime only.
        cache: folder of the compiled models; it need not exist yet.
    """

    model: str
    weights: Path | None
    cache: Path
    runtime: RuntimeKind = RuntimeKind.AUTO
    precision: Precision = Precision.FP32

    @property
    def file(self) -> Path | None:
        """The model's own file, where it has one."""
        return Path(self.model) if self.model.endswith(FILE_SUFFIX) else None
