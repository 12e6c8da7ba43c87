"""JSON of a model's metadata, as it is stored in the metadata of an ONNX file.

{"name": "dogs", "labels": ["pug", "husky"], "recipe": {"resize": 256, "crop": 224,
 "interpolation": "bilinear", "mean": [123.675, 116.28, 103.53], "std": [58.395, 57.12, 57.375]}}
"""

import json
from dataclasses import asdict

from adapters.vision.models.model_description import Channels, Interpolation, ModelDescription, Recipe

# Key of the entry in an ONNX model's ``metadata_props``.
DESCRIPTION_KEY = "predictor"


def description_to_json(description: ModelDescription) -> str:
    """Write a model's metadata as JSON."""
    return json.dumps(asdict(description))


def description_from_json(text: str) -> ModelDescription:
    """Read a model's metadata from JSON; raises ValueError with the reason if the text is not valid."""
    try:
        facts = json.loads(text)
        recipe = facts["recipe"]
        return ModelDescription(
            name=str(facts["name"]),
            labels=tuple(str(label) for label in facts["labels"]),
            recipe=Recipe(
                resize=int(recipe["resize"]),
                crop=int(recipe["crop"]),
                interpolation=Interpolation(recipe["interpolation"]),
                mean=_channels(recipe["mean"]),
                std=_channels(recipe["std"]),
            ),
        )
    except KeyError as error:
        raise ValueError(f"its description has no {error}") from error
    except TypeError as error:
        raise ValueError("its description has something of another type than it should") from error


def _channels(values: list[float]) -> Channels:
    if len(values) != 3:
        raise ValueError("its mean and its deviation do not have three values")
    red, green, blue = (float(value) for value in values)
    return red, green, blue
