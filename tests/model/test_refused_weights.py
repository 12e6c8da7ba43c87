"""Weights that are missing, damaged, dangerous or those of another model."""

import os
import pickle
import subprocess
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from adapters.vision.models.torchvision_models import weights_url
from adapters.vision.models.weights_identity import bundled_weights
from tests.harness.processes import PREDICTOR
from tests.harness.service import IMAGES
from tests.model.networks import State, random_network, refusal_of

COFFEE = IMAGES / "coffee.png"

pytestmark = pytest.mark.torch


@pytest.fixture
def refusal(tmp_path: Path) -> Any:
    """Save something as weights, load it, and return the message of the refusal."""

    def refuse(content: object, name: str = "squeezenet1_0") -> str:
        path = tmp_path / "weights.pth"
        torch.save(content, path)
        return refusal_of(name, path)

    return refuse


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    text = refusal_of("squeezenet1_0", tmp_path / "gone.pth")
    assert "gone.pth" in text
    assert "PREDICTOR_WEIGHTS" in text


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.onnx"
    path.write_bytes(b"onnx")
    assert ".safetensors" in refusal_of("squeezenet1_0", path)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_damaged_file_is_refused(tmp_path: Path, squeezenet: State, suffix: str) -> None:
    path = tmp_path / f"damaged{suffix}"
    if suffix == ".safetensors":
        save_file(squeezenet, path)
    else:
        torch.save(squeezenet, path)
    path.write_bytes(path.read_bytes()[:100_000])
    assert "PREDICTOR_WEIGHTS" in refusal_of("squeezenet1_0", path)


class Payload:
    """Creates a file when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace

    def __reduce__(self) -> Any:
        return Path.touch, (self._trace,)


def test_a_pickle_payload_is_refused_and_does_not_run(tmp_path: Path, refusal: Any) -> None:
    trace = tmp_path / "trace"
    text = refusal({"state_dict": Payload(trace)})
    assert "nothing in it was run" in text
    assert not trace.exists()


# Torch warns of the protocol before it refuses, which is an error only in the tests.
@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_a_bare_pickle_payload_is_refused_and_does_not_run(tmp_path: Path) -> None:
    trace, path = tmp_path / "trace", tmp_path / "bare.pt"
    path.write_bytes(pickle.dumps(Payload(trace)))
    assert "nothing in it was run" in refusal_of("squeezenet1_0", path)
    assert not trace.exists()


def test_a_whole_network_is_refused(refusal: Any) -> None:
    refusal(random_network("squeezenet1_0"))


def test_something_else_than_a_state_dict_is_refused(refusal: Any) -> None:
    assert "state dict" in refusal([1, 2, 3])
    assert "state dict" in refusal({"epoch": 3})


def test_a_missing_tensor_is_refused(refusal: Any, squeezenet: State) -> None:
    first, *others = squeezenet
    assert first in refusal({name: squeezenet[name] for name in others})


def test_a_tensor_of_another_shape_is_refused(refusal: Any, squeezenet: State) -> None:
    text = refusal({**squeezenet, "classifier.1.bias": torch.zeros(10)})
    assert "1 tensors are missing, left over or of another shape: classifier.1.bias" in text


def test_the_weights_of_another_model_are_refused(refusal: Any, squeezenet: State) -> None:
    assert "do not fit" in refusal(squeezenet, "resnet18")
    assert "do not fit" in refusal(squeezenet, "efficientnet_lite0")


def test_tensors_that_are_not_numbers_show_at_once(refusal: Any, squeezenet: State) -> None:
    text = refusal({**squeezenet, "classifier.1.bias": torch.full((1000,), float("nan"))})
    assert "finite" in text


def altered(content: bytes) -> bytes:
    """The same but for one bit of one tensor."""
    place = len(content) // 2
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def test_an_altered_file_in_the_cache_of_downloads_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, squeezenet: State
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    cache = tmp_path / "hub" / "checkpoints"
    cache.mkdir(parents=True)
    torch.save(squeezenet, cache / Path(weights_url("squeezenet1_0")).name)
    assert "SHA-256" in refusal_of("squeezenet1_0", None)


# The next process takes the package from this folder, as if somebody had altered the installed one. With the model
# compiled before as well as without.
@pytest.mark.parametrize("command", ["classify", "doctor"])
def test_the_default_weights_with_an_altered_byte_are_refused(tmp_path: Path, command: str) -> None:
    file = bundled_weights()
    package = tmp_path / file.parents[1].name
    (package / file.parent.name).mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / file.parent.name / file.name).write_bytes(altered(file.read_bytes()))
    arguments = [str(COFFEE)] if command == "classify" else []
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    run = subprocess.run(
        [PREDICTOR, command, *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    [line] = [line for line in (run.stdout + run.stderr).splitlines() if "SHA-256" in line]
    assert "not the published one" in line
    assert "espresso" not in run.stdout


def test_a_failed_download_says_where_to_get_the_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # A proxy that nobody listens at, and a cache with nothing in it: no internet, wherever the test runs.
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    text = refusal_of("squeezenet1_0", None)
    assert "URLError" in text
    assert "https://download.pytorch.org/models/squeezenet1_0" in text
    assert "PREDICTOR_WEIGHTS" in text
