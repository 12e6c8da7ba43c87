"""Models in files: written by the command line, served by their path."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from click.testing import CliRunner, Result
from PIL import Image

from adapters.vision.classifier import VisionClassifier
from adapters.vision.loading import load_classifier
from adapters.vision.models.model_choice import ModelChoice, Precision
from adapters.vision.models.torchvision_import import load_torchvision_models
from adapters.vision.runtimes.onnx_runtime import open_model
from domain.classification import Classification
from domain.errors import ModelUnavailable
from domain.image_limits import ImageLimits
from entrypoints.cli import main
from entrypoints.settings import Settings
from tests.harness.pictures import CAMERA, COFFEE

pytestmark = pytest.mark.torch


def predictor(*arguments: str | Path, **settings: object) -> Result:
    variables = {f"PREDICTOR_{name.upper()}": str(value) for name, value in settings.items()}
    return CliRunner().invoke(main, [str(argument) for argument in arguments], env=variables)


def served(path: Path, cache: Path, precision: Precision = Precision.FP32) -> VisionClassifier:
    return load_classifier(ModelChoice(str(path), None, cache, precision=precision), ImageLimits())


def labels(classifier: VisionClassifier) -> list[str]:
    found: Sequence[object] = classifier.classify([COFFEE.read_bytes(), CAMERA.read_bytes()])
    return [outcome.best.label for outcome in found if isinstance(outcome, Classification)]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "lite0.onnx"
    done = predictor("export", "efficientnet_lite0", "-o", path)
    assert done.exit_code == 0, done.output
    assert f"PREDICTOR_MODEL={path}" in done.output
    return path


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pictures, and a file that is none."""
    folder = tmp_path_factory.mktemp("photographs")
    for source in (COFFEE, CAMERA):
        with Image.open(source) as image:
            for turn in range(6):
                image.convert("RGB").rotate(5 * turn).save(folder / f"{source.stem}-{turn}.jpg")
    (folder / "letter.png").write_text("Dear Sir")
    return folder


def test_an_exported_model_is_served_by_its_path(exported: Path, tmp_path: Path) -> None:
    assert labels(served(exported, tmp_path)) == ["espresso", "tripod"]
    assert list(tmp_path.iterdir()) == []
    assert [path.name for path in exported.parent.iterdir()] == ["lite0.onnx"]


def test_a_file_is_called_by_its_name(exported: Path) -> None:
    settings = Settings(model=str(exported))
    assert settings.submission_rules.model == settings.attempt_rules.model == "lite0"


@pytest.mark.parametrize("name", ["efficientnet_lite0", "resnet18"])
def test_a_head_of_one_s_own_brings_its_labels(tmp_path: Path, name: str) -> None:
    torch.manual_seed(1)
    models: Any = load_torchvision_models()
    if name == "resnet18":
        network = models.get_model(name, weights=None, num_classes=3)
    else:
        from adapters.vision.models.efficientnet_lite0 import architecture

        network = architecture(labels=3)
    torch.save(network.state_dict(), tmp_path / "dogs.pth")
    (tmp_path / "dogs.txt").write_text("pug\n\n Löwchen \nhusky\n", encoding="utf-8")
    arguments = ("--weights", tmp_path / "dogs.pth", "--labels", tmp_path / "dogs.txt", "-o", tmp_path / "dogs.onnx")
    done = predictor("export", name, *arguments)
    assert done.exit_code == 0, done.output
    runtime, description = open_model(tmp_path / "dogs.onnx", threads=1)
    assert description.labels == ("pug", "Löwchen", "husky")
    assert runtime.run(np.zeros((2, 224, 224, 3), np.uint8)).shape == (2, 3)


def test_as_many_labels_as_the_weights_have(tmp_path: Path) -> None:
    torch.save(load_torchvision_models().get_model("resnet18", weights=None).state_dict(), tmp_path / "dogs.pth")
    (tmp_path / "dogs.txt").write_text("pug\nhusky\n")
    arguments = ("--weights", tmp_path / "dogs.pth", "--labels", tmp_path / "dogs.txt", "-o", tmp_path / "dogs.onnx")
    done = predictor("export", "resnet18", *arguments)
    assert done.exit_code == 1
    assert "fc.bias" in done.output
    assert not (tmp_path / "dogs.onnx").exists()


def test_options_that_do_not_go_together_are_told(tmp_path: Path) -> None:
    (tmp_path / "dogs.txt").write_text("pug\n")
    done = predictor("export", "resnet18", "--labels", tmp_path / "dogs.txt", "-o", tmp_path / "dogs.onnx")
    assert (done.exit_code, "--weights" in done.output) == (2, True)
    done = predictor("export", "resnet18", "-o", tmp_path / "dogs.pth")
    assert (done.exit_code, ".onnx" in done.output) == (2, True)
    done = predictor("export", "resnet5", "-o", tmp_path / "dogs.onnx")
    assert (done.exit_code, "resnet50" in done.output) == (1, True)


def test_quantizes_with_one_s_own_pictures(exported: Path, photographs: Path, tmp_path: Path) -> None:
    done = predictor("quantize", "--images", photographs, "-o", tmp_path / "int8.onnx", model=exported)
    assert done.exit_code == 0, done.output
    assert "Same label as in fp32: 1" in done.output
    assert "of 12 (" in done.output
    assert labels(served(tmp_path / "int8.onnx", tmp_path)) == ["espresso", "tripod"]
    assert (tmp_path / "int8.onnx").stat().st_size < 0.3 * exported.stat().st_size


def test_quantizes_what_the_settings_name(photographs: Path, tmp_path: Path) -> None:
    done = predictor("quantize", "--images", photographs, "-o", tmp_path / "int8.onnx")
    assert done.exit_code == 0, done.output
    assert open_model(tmp_path / "int8.onnx", threads=1).description.name == "efficientnet_lite0"


def test_without_pictures_nothing_is_written(exported: Path, tmp_path: Path) -> None:
    done = predictor("quantize", "--images", tmp_path, "-o", tmp_path / "int8.onnx", model=exported)
    assert (done.exit_code, "there is no picture" in done.output) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_a_damaged_and_a_foreign_file_are_refused(exported: Path, tmp_path: Path) -> None:
    foreign, damaged = tmp_path / "foreign.onnx", tmp_path / "damaged.onnx"
    damaged.write_bytes(exported.read_bytes()[:1000])
    model = onnx.load(exported)
    del model.metadata_props[:]
    onnx.save(model, foreign)
    for path, message in ((tmp_path / "gone.onnx", "gone"), (damaged, "damaged"), (foreign, "metadata")):
        with pytest.raises(ModelUnavailable, match=message) as caught:
            served(path, tmp_path)
        assert "PREDICTOR_MODEL" in caught.value.message
        assert "\n" not in caught.value.message


def test_a_model_with_another_number_of_labels_is_refused(exported: Path, tmp_path: Path) -> None:
    model = onnx.load(exported)
    [entry] = model.metadata_props
    entry.value = entry.value.replace('"tench", ', "")
    onnx.save(model, tmp_path / "short.onnx")
    with pytest.raises(ModelUnavailable, match="999"):
        served(tmp_path / "short.onnx", tmp_path)
