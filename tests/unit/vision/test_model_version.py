from dataclasses import replace
from pathlib import Path

import pytest

from adapters.vision.model_version import model_version
from adapters.vision.models.model_choice import ModelChoice, Precision, RuntimeKind
from adapters.vision.models.weights_identity import bundled_weights
from domain.errors import ModelUnavailable

DEFAULT = ModelChoice("efficientnet_lite0", None, Path("anywhere"))


def test_the_same_model_has_the_same_version_wherever_it_runs() -> None:
    version = model_version(DEFAULT)
    assert len(version) == 64
    assert model_version(replace(DEFAULT, cache=Path("elsewhere"), runtime=RuntimeKind.TORCH)) == version
    assert model_version(replace(DEFAULT, weights=bundled_weights())) == version


def test_what_may_answer_otherwise_has_another_version(tmp_path: Path) -> None:
    weights, file = tmp_path / "weights.pth", tmp_path / "model.onnx"
    versions = [model_version(DEFAULT), model_version(replace(DEFAULT, precision=Precision.INT8))]
    for content in (b"one", b"two"):
        weights.write_bytes(content)
        file.write_bytes(content)
        versions.append(model_version(replace(DEFAULT, weights=weights)))
        versions.append(model_version(replace(DEFAULT, model=str(file))))
    assert len(set(versions)) == len(versions)


@pytest.mark.parametrize("model", ["efficientnet_lite0", "missing.onnx"])
def test_a_model_whose_weights_are_missing_has_none(tmp_path: Path, model: str) -> None:
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        model_version(ModelChoice(model, tmp_path / "missing.pth", tmp_path))
