"""Metadata of a model: labels and preprocessing recipe. They are stored in the compiled model."""

from dataclasses import dataclass
from enum import StrEnum

from domain.classification import ScoredLabel

Channels = tuple[float, float, float]


class Interpolation(StrEnum):
    """Interpolation of pixels, by the names that torchvision and Pillow share."""

    NEAREST = "nearest"
    BOX = "box"
    BILINEAR = "bilinear"
    HAMMING = "hamming"
    BICUBIC = "bicubic"
    LANCZOS = "lanczos"


@dataclass(frozen=True, slots=True)
class Recipe:
    """Preprocessing recipe: resizing, crop and normalisation that a model was trained with.

    A wrong constant lowers the accuracy without any error.

    Args:
        resize: short side of the resized picture, in pixels; at least `crop`.
        crop: side of the square that is cut from its centre, in pixels; also the model's input size.
        interpolation: of the resizing, always with antialiasing.
        mean, std: mean and standard deviation of red, green and blue, *on the scale of 0 to 255*: the runtime
            computes ``(byte - mean) / std``. Model cards often give them for 0 to 1.
    """

    resize: int
    crop: int
    interpolation: Interpolation
    mean: Channels
    std: Channels

    def __post_init__(self) -> None:
        if not 0 < self.crop <= self.resize:
            raise ValueError("the crop of a recipe is larger than the picture it is cut from")
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0:
            raise ValueError("a recipe has three means and three positive deviations")


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """Metadata of a model.

    Args:
        labels: one or more categories, in the order of the model's outputs; 1 to `ScoredLabel.MAX_LABEL_LENGTH`
            characters each.
    """

    name: str
    labels: tuple[str, ...]
    recipe: Recipe

    def __post_init__(self) -> None:
        if not self.labels:
            raise ValueError("it has no labels")
        for label in self.labels:
            if not 0 < len(label) <= ScoredLabel.MAX_LABEL_LENGTH:
                raise ValueError(f"its label {label!r} has not 1 to {ScoredLabel.MAX_LABEL_LENGTH} characters")

    @property
    def input_size(self) -> int:
        """Side of the square picture that the model takes, in pixels."""
        return self.recipe.crop
