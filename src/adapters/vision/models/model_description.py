"""What has to be known of a model beside its weights: plain data that travels with a compiled model."""

from dataclasses import dataclass
from enum import StrEnum

from domain.classification import ScoredLabel

Channels = tuple[float, float, float]


class Interpolation(StrEnum):
    """How pixels are interpolated, by the names that torchvision and Pillow share."""

    NEAREST = "nearest"
    BOX = "box"
    BILINEAR = "bilinear"
    HAMMING = "hamming"
    BICUBIC = "bicubic"
    LANCZOS = "lanczos"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the pictures were prepared that a model was trained on. A wrong constant here is silent.

    Args:
        resize: the short side of the whole picture after resizing, in pixels.
        crop: side of the square that is cut from its centre, in pixels; also the model's input size.
        interpolation: of the resizing, always with antialiasing.
        mean, std: of red, green and blue, *on the scale of 0 to 255*, so that the runtime takes
            the picture's bytes: ``(byte - mean) / std``. Model cards often give them for 0 to 1.
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
    """A model without its weights. ``dataclasses.asdict`` makes it JSON.

    Args:
        name: as in the catalogue.
        labels: its categories, in the order of its outputs.
        recipe: how it wants its pictures.
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
