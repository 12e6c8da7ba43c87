import json
from typing import Any

import pytest

from adapters.vision.models.model_description import Interpolation, ModelDescription, Recipe
from adapters.vision.models.model_description_json import description_from_json, description_to_json

DOGS = ModelDescription(
    "dogs", ("pug", "Löwchen"), Recipe(256, 224, Interpolation.BICUBIC, (127.0, 128.5, 1.0), (128.0, 58.395, 1.0))
)


def test_is_read_as_it_was_written() -> None:
    assert description_from_json(description_to_json(DOGS)) == DOGS


def changed(path: str, value: object) -> str:
    facts: Any = json.loads(description_to_json(DOGS))
    *parents, last = path.split(".")
    place = facts
    for name in parents:
        place = place[name]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return json.dumps(facts)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("name", None, "has no 'name'"),
        ("labels", [], "no labels"),
        ("labels", ["x" * 51], "1 to 50 characters"),
        ("labels", 7, "another type"),
        ("recipe", None, "has no 'recipe'"),
        ("recipe", "resize", "another type"),
        ("recipe.crop", 300, "crop"),
        ("recipe.crop", "wide", "invalid literal"),
        ("recipe.interpolation", "magic", "magic"),
        ("recipe.mean", [1, 2], "three values"),
        ("recipe.std", [1, 2, 0], "positive"),
    ],
)
def test_says_what_is_wrong(path: str, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        description_from_json(changed(path, value))


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null"])
def test_refuses_other_texts(text: str) -> None:
    with pytest.raises(ValueError, match=r"description|Expecting|Expected"):
        description_from_json(text)
