"""Share of pictures that get the same label on the service's path and on the reference path.

    python benchmarks/agreement.py FOLDER [--model efficientnet_lite0] [--weights FILE]
                                          [--engine cpu|torch] [--precision fp32|int8]

The reference is what every tutorial does: Pillow at full size, torchvision's Resize, CenterCrop, ToTensor and
Normalize, and the eager network, one picture at a time. The service's path is `VisionClassifier` on the chosen
engine: draft mode, one crop-and-resize, batches, fused layers. Prints JSON.
"""

import argparse
import json
import platform
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from PIL import Image, ImageOps

from adapters.vision.loading import load_classifier
from adapters.vision.models.catalogue import load_model
from adapters.vision.models.model_choice import DEFAULT_MODEL, ModelChoice, Precision, RuntimeKind
from adapters.vision.models.model_description import ModelDescription
from adapters.vision.models.torchvision_import import load_torchvision
from domain.classification import Classification
from domain.image_limits import ImageLimits

_BATCH = 8
_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"}
_PACKAGES = ("torch", "torchvision", "onnxruntime", "pillow", "numpy")


def reference_transforms(description: ModelDescription) -> Any:
    """Torchvision's own transforms with the recipe's constants, on its scale of 0 to 1."""
    transforms, recipe = load_torchvision().transforms, description.recipe
    interpolation = transforms.InterpolationMode(recipe.interpolation.value)
    return transforms.Compose(
        [
            transforms.Resize(recipe.resize, interpolation=interpolation),
            transforms.CenterCrop(recipe.crop),
            transforms.ToTensor(),
            transforms.Normalize([m / 255 for m in recipe.mean], [s / 255 for s in recipe.std]),
        ]
    )


def reference_scores(pictures: list[bytes], model: str, weights: Path | None) -> list[tuple[str, float]]:
    """Label and score of each picture on the reference path."""
    network, description = load_model(model, weights)
    transform = reference_transforms(description)
    network.eval()
    found = []
    for picture in pictures:
        image = ImageOps.exif_transpose(Image.open(BytesIO(picture))).convert("RGB")
        with torch.inference_mode():
            score, index = torch.softmax(network(transform(image)[None]), dim=1)[0].max(dim=0)
        found.append((description.labels[int(index)], float(score)))
    return found


def served_scores(pictures: list[bytes], choice: ModelChoice) -> list[tuple[str, float]]:
    """Label and score of each picture on the service's path, in batches."""
    limits = ImageLimits(max_bytes=1 << 30, max_pixels=1 << 30, decoding_memory=1 << 34)
    classifier = load_classifier(choice, limits, torch.get_num_threads())
    found = []
    for start in range(0, len(pictures), _BATCH):
        for outcome in classifier.classify(pictures[start : start + _BATCH]):
            assert isinstance(outcome, Classification), outcome
            found.append((outcome.best.label, outcome.best.score))
    return found


def compare(pictures: list[bytes], choice: ModelChoice) -> dict[str, Any]:
    """Agreement of the labels, and how far the scores of agreeing labels lie apart."""
    reference = reference_scores(pictures, choice.model, choice.weights)
    served = served_scores(pictures, choice)
    pairs = list(zip(reference, served, strict=True))
    apart = sorted(abs(r[1] - s[1]) for r, s in pairs if r[0] == s[0])
    return {
        "pictures": len(pairs),
        "same label": len(apart),
        "agreement": round(len(apart) / len(pairs), 4),
        "score apart, median": round(apart[len(apart) // 2], 5),
        "score apart, most": round(apart[-1], 5),
        "different": [{"reference": r, "served": s} for r, s in pairs if r[0] != s[0]],
    }


def parsed() -> argparse.Namespace:
    """The arguments of the command line."""
    parser = argparse.ArgumentParser(description="Agreement of the service's path with the reference path.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--engine", type=RuntimeKind, choices=RuntimeKind, default=RuntimeKind.AUTO)
    parser.add_argument("--precision", type=Precision, choices=Precision, default=Precision.FP32)
    return parser.parse_args()


def main() -> None:
    """Compare the two paths on a folder of pictures."""
    arguments = parsed()
    files = sorted(path for path in arguments.folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    with tempfile.TemporaryDirectory() as cache:
        choice = ModelChoice(arguments.model, arguments.weights, Path(cache), arguments.engine, arguments.precision)
        compared = compare([path.read_bytes() for path in files], choice)
    result = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "versions": {name: version(name) for name in _PACKAGES},
        "model": arguments.model,
        "engine": arguments.engine,
        "precision": arguments.precision,
        **compared,
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
