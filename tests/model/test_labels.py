"""The default model gives the right labels, whatever way a picture is stored."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from adapters.vision.classifier import VisionClassifier
from adapters.vision.models.catalogue import load_model
from adapters.vision.models.torchvision_import import load_torchvision
from domain.classification import Classification
from domain.errors import InvalidInput, UnsupportedImage
from tests.harness.pictures import CAMERA, COFFEE, as_16_bit, encoded, turned_by_exif

pytestmark = pytest.mark.torch

Variant = Callable[[Image.Image], bytes]


def stored_as(image_format: str, mode: str = "RGB", **options: object) -> Variant:
    return lambda image: encoded(image.convert(mode), image_format, **options)


def turned(orientation: int) -> Variant:
    return lambda image: turned_by_exif(image, orientation, "JPEG")


def shrunk(image: Image.Image) -> Image.Image:
    return image.resize((image.width // 2, image.height // 2))


VARIANTS: dict[str, Variant] = {
    "png": stored_as("PNG"),
    "jpeg": stored_as("JPEG", quality=90),
    "progressive jpeg": stored_as("JPEG", quality=90, progressive=True),
    "grayscale jpeg": stored_as("JPEG", "L"),
    "cmyk jpeg": stored_as("JPEG", "CMYK", quality=90),
    "palette png": stored_as("PNG", "P"),
    "rgba png": stored_as("PNG", "RGBA"),
    "gray and alpha png": stored_as("PNG", "LA"),
    "16-bit png": lambda image: encoded(as_16_bit(image), "PNG"),
    "small webp": lambda image: encoded(shrunk(image), "WEBP"),
    "small gif": lambda image: encoded(shrunk(image), "GIF"),
    "small bmp": lambda image: encoded(shrunk(image), "BMP"),
    "large jpeg": lambda image: encoded(image.resize((image.width * 3, image.height * 3)), "JPEG"),
    **{f"exif {n}": turned(n) for n in range(2, 9)},
}
PICTURES = [(COFFEE, "espresso"), (CAMERA, "tripod")]


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def labels(classifier: VisionClassifier, images: list[bytes]) -> list[Classification]:
    outcomes = classifier.classify(images)
    assert not any(isinstance(outcome, InvalidInput) for outcome in outcomes)
    return [outcome for outcome in outcomes if isinstance(outcome, Classification)]


def test_knows_the_test_pictures(lite0: VisionClassifier) -> None:
    coffee, camera = labels(lite0, [COFFEE.read_bytes(), CAMERA.read_bytes()])
    assert (coffee.best.label, camera.best.label) == ("espresso", "tripod")
    # As measured with the reference implementation: a wrong constant of the recipe moves them.
    assert coffee.best.score == pytest.approx(0.95, abs=0.01)
    assert camera.best.score == pytest.approx(0.94, abs=0.01)
    assert len(coffee.top) == Classification.MAX_TOP_K


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(("path", "label"), PICTURES)
def test_the_way_of_storing_does_not_change_the_label(
    lite0: VisionClassifier, variant: str, path: Path, label: str
) -> None:
    [found] = labels(lite0, [VARIANTS[variant](opened(path))])
    assert found.best.label == label


def test_agrees_with_torchvision(lite0: VisionClassifier) -> None:
    import torch

    network, description = load_model("efficientnet_lite0", None)
    transforms, recipe = load_torchvision().transforms, description.recipe
    transform = transforms.Compose(
        [
            transforms.Resize(recipe.resize, interpolation=transforms.InterpolationMode.BICUBIC),
            transforms.CenterCrop(recipe.crop),
            transforms.ToTensor(),
            transforms.Normalize([127 / 255] * 3, [128 / 255] * 3),
        ]
    )
    for path, _ in PICTURES:
        with torch.inference_mode():
            expected = torch.softmax(network.eval()(transform(opened(path))[None]), dim=1)[0]
        [found] = labels(lite0, [path.read_bytes()])
        assert found.best.label == description.labels[int(expected.argmax())]
        assert found.best.score == pytest.approx(float(expected.max()), abs=0.005)


def test_a_picture_gets_the_same_labels_alone_and_in_any_batch(lite0: VisionClassifier) -> None:
    images = [variant(opened(path)) for path, _ in PICTURES for variant in list(VARIANTS.values())[:8]]
    alone = [labels(lite0, [image])[0] for image in images]
    for batch in (images, images[::-1], images[:3]):
        for image, found in zip(batch, labels(lite0, batch), strict=True):
            expected = alone[images.index(image)]
            assert found.best.label == expected.best.label
            assert found.best.score == pytest.approx(expected.best.score, abs=1e-3)


def test_a_bad_picture_does_no_harm_to_the_others(lite0: VisionClassifier) -> None:
    bad, good = lite0.classify([b"text", COFFEE.read_bytes()])
    assert isinstance(bad, UnsupportedImage)
    assert isinstance(good, Classification)
    assert good.best.label == "espresso"


def test_noise_is_a_picture_too(lite0: VisionClassifier) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (50, 900, 3), dtype=np.uint8)
    assert len(labels(lite0, [encoded(Image.fromarray(noise), "PNG")])) == 1
