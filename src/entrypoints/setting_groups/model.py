"""Settings of the model."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings

from entrypoints.cache_folder import user_cache_folder


class ModelSettings(BaseSettings):
    """Settings of the model."""

    model: str = Field(
        "efficientnet_lite0",
        min_length=1,
        description="Name of the model, see `predictor models`, or path of an `.onnx` file.",
    )
    weights: Path | None = Field(
        None, description="File with the model's weights (.pth or .safetensors); default: the model's own."
    )
    engine: Literal["auto", "cpu", "torch"] = Field(
        "auto",
        description="Runtime of the model: `cpu` (compiled), `torch`, or `auto`: torch if there is CUDA, else cpu.",
    )
    precision: Literal["fp32", "int8"] = Field(
        "fp32", description="Precision of the compiled model; int8 is faster and less accurate, see docs/accuracy.md."
    )
    cache_dir: Path | None = Field(
        None,
        description="Directory of compiled models; "
        "default: `models` in the data directory for `predictor serve`, else in the user's cache directory.",
    )
    result_cache: bool = Field(
        False, description="Reuse the result of a picture that the same version of the model has classified before."
    )

    @property
    def model_name(self) -> str:
        """Name of the model in requests and answers; that of a file is its name without directory and suffix."""
        return Path(self.model).stem if self.model.endswith(".onnx") else self.model

    @property
    def cache_folder(self) -> Path:
        """Directory of compiled models."""
        return self.cache_dir or user_cache_folder()
