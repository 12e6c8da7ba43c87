"""Choice of a model, its weights, its runtime and its precision."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

DEFAULT_MODEL = "efficientnet_lite0"
FILE_SUFFIX = ".onnx"


class RuntimeKind(StrEnum):
    """Kind of the runtime that runs the model; AUTO chooses one."""

    AUTO = "auto"
    CPU = "cpu"
    TORCH = "torch"


class Precision(StrEnum):
    """Precision of the numbers of a compiled model."""

    FP32 = "fp32"
    INT8 = "int8"


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Choice of a model, its weights, its runtime and its precision.

    Args:
        model: a name of the catalogue, or the path of an ``.onnx`` file.
        weights: a file with the state dict of the model; None: the published weights.
        runtime: AUTO means TORCH if there is a CUDA device, otherwise CPU.
        precision: INT8 runs on the CPU runtime only.
        cache: folder of the compiled models; it need not exist yet.
    """

    model: str
    weights: Path | None
    cache: Path
    runtime: RuntimeKind = RuntimeKind.AUTO
    precision: Precision = Precision.FP32

    @property
    def file(self) -> Path | None:
        """Path of an ``.onnx`` file; None for a model of the catalogue."""
        return Path(self.model) if self.model.endswith(FILE_SUFFIX) else None
