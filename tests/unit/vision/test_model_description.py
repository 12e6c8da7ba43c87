import json
from dataclasses import asdict

import pytest

from adapters.vision.models.model_description import Interpolation, ModelDescription, Recipe

ONES = (1.0, 1.0, 1.0)
RECIPE = Recipe(256, 224, Interpolation.BICUBIC, ONES, ONES)


@pytest.mark.parametrize(("resize", "crop"), [(224, 256), (224, 0), (0, 0)])
def test_refuses_a_crop_that_does_not_fit(resize: int, crop: int) -> None:
    with pytest.raises(ValueError, match="crop"):
        Recipe(resize, crop, Interpolation.BILINEAR, ONES, ONES)


def test_refuses_a_deviation_of_zero() -> None:
    with pytest.raises(ValueError, match="deviations"):
        Recipe(256, 224, Interpolation.BILINEAR, ONES, (1.0, 0.0, 1.0))


def test_the_input_is_as_large_as_the_crop() -> None:
    assert ModelDescription("model", ("cat",), RECIPE).input_size == 224


@pytest.mark.parametrize("labels", [(), ("cat", ""), ("cat", "x" * 51)])
def test_refuses_labels_that_do_not_fit(labels: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="label"):
        ModelDescription("model", labels, RECIPE)


def test_becomes_json() -> None:
    written = json.loads(json.dumps(asdict(ModelDescription("model", ("cat", "dog"), RECIPE))))
    assert written["labels"] == ["cat", "dog"]
    assert written["recipe"]["interpolation"] == "bicubic"
    assert Interpolation(written["recipe"]["interpolation"]) is Interpolation.BICUBIC
