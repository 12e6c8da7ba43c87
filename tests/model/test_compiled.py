"""The compiled runtime: made once, without torch afterwards, and the same answers as torch."""

import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from adapters.vision.compiling.compiled_model import compiled_model
from adapters.vision.compiling.onnx_export import export_model
from adapters.vision.loading import load_classifier
from adapters.vision.models.catalogue import LoadedModel, load_model
from adapters.vision.models.model_choice import DEFAULT_MODEL, ModelChoice, RuntimeKind
from adapters.vision.models.model_description import Interpolation, ModelDescription, Recipe
from adapters.vision.models.model_description_json import DESCRIPTION_KEY
from adapters.vision.models.model_errors import CannotCompile
from adapters.vision.models.torchvision_import import load_torchvision_models
from adapters.vision.runtimes.onnx_runtime import OnnxRuntime, open_model
from adapters.vision.runtimes.torch_runtime import TorchRuntime
from domain.errors import ModelUnavailable
from domain.image_limits import ImageLimits
from tests.harness.limits import without_memory
from tests.harness.pictures import COFFEE

pytestmark = pytest.mark.torch

TINY = ModelDescription(
    "tiny", ("dark", "bright"), Recipe(32, 32, Interpolation.BILINEAR, (1.0, 2.0, 3.0), (4.0, 5.0, 6.0))
)


def noise(count: int, side: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def choice(cache: Path, model: str = DEFAULT_MODEL, weights: Path | None = None) -> ModelChoice:
    return ModelChoice(model, weights, cache, RuntimeKind.CPU)


@pytest.fixture(scope="module")
def compiled(cache: Path) -> OnnxRuntime:
    return open_model(compiled_model(choice(cache)), threads=1).runtime


def test_gives_the_probabilities_of_torch(compiled: OnnxRuntime) -> None:
    network, description = load_model(DEFAULT_MODEL, None)
    batch = noise(3, 224)
    expected = TorchRuntime(network, description.recipe, threads=1).run(batch)
    np.testing.assert_allclose(compiled.run(batch), expected, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_cuts_a_batch_and_keeps_its_order(compiled: OnnxRuntime, cache: Path, count: int) -> None:
    cutting = open_model(compiled_model(choice(cache)), threads=1, max_batch=2).runtime
    batch = noise(count, 224)
    np.testing.assert_allclose(cutting.run(batch), compiled.run(batch), rtol=1e-3, atol=1e-6)


def test_may_be_called_by_several_threads_at_once(compiled: OnnxRuntime) -> None:
    batches = [noise(count, 224) for count in (1, 2, 5, 8)]
    alone = [compiled.run(batch) for batch in batches]
    with ThreadPoolExecutor(4) as callers:
        for expected, found in zip(alone, callers.map(compiled.run, batches), strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_lack_of_memory_is_told(compiled: OnnxRuntime) -> None:
    network, description = load_model(DEFAULT_MODEL, None)
    for runtime in (compiled, TorchRuntime(network, description.recipe, threads=1)):
        assert runtime.run(noise(1, 224)).shape == (1, 1000)
        batch = noise(512, 224)  # takes gigabytes
        with without_memory(0, spare=100_000_000), pytest.raises(MemoryError):
            runtime.run(batch)
        assert runtime.run(batch[:1]).shape == (1, 1000)


def test_describes_itself(cache: Path) -> None:
    _, description = load_model(DEFAULT_MODEL, None)
    assert open_model(compiled_model(choice(cache)), threads=1).description == description


def test_a_second_start_needs_no_torch(cache: Path) -> None:
    compiled_model(choice(cache))
    script = (
        "import sys; from pathlib import Path\n"
        "from adapters.vision.models.model_choice import ModelChoice\n"
        "from adapters.vision.loading import load_classifier\n"
        "from domain.image_limits import ImageLimits\n"
        f"classifier = load_classifier(ModelChoice({DEFAULT_MODEL!r}, None, Path({str(cache)!r})), ImageLimits())\n"
        f"print(classifier.classify([Path({str(COFFEE)!r}).read_bytes()])[0].best.label)\n"
        "print(sorted({'torch', 'torchvision', 'onnx'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["espresso", "[]"]


def test_compiles_once_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    weights = tmp_path / "squeezenet.pth"
    torch.save(load_torchvision_models().get_model("squeezenet1_1", weights=None).state_dict(), weights)
    for _ in range(2):
        load_classifier(choice(tmp_path, "squeezenet1_1", weights), ImageLimits())
    assert [record.getMessage() for record in caplog.records] == ["compiling the model for the CPU, once"]


def test_a_script_without_a_guarded_main_may_load_a_model(tmp_path: Path) -> None:
    script, weights = tmp_path / "script.py", tmp_path / "squeezenet.pth"
    torch.save(load_torchvision_models().get_model("squeezenet1_1", weights=None).state_dict(), weights)
    script.write_text(
        "from pathlib import Path\n"
        "from adapters.vision.models.model_choice import RuntimeKind, ModelChoice\n"
        "from adapters.vision.compiling.compiled_model import compiled_model\n"
        "print('begun')\n"
        f"choice = ModelChoice('squeezenet1_1', Path({str(weights)!r}), Path({str(tmp_path)!r}), RuntimeKind.CPU)\n"
        "print(compiled_model(choice).stat().st_size > 1_000_000)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.splitlines() == ["begun", "True"]


def test_a_compiling_process_that_is_killed_is_no_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "onnx.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(CannotCompile, match="was ended"):
        compiled_model(choice(tmp_path / "cache"))


def test_other_weights_are_another_model(tmp_path: Path) -> None:
    weights = tmp_path / "squeezenet.pth"
    for _ in range(2):
        torch.save(load_torchvision_models().get_model("squeezenet1_1", weights=None).state_dict(), weights)
        compiled_model(choice(tmp_path, "squeezenet1_1", weights))
    assert len(list(tmp_path.glob("*.onnx"))) == 2


def test_refuses_what_torch_refuses(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="PREDICTOR_MODEL, perhaps to resnet50"):
        load_classifier(choice(tmp_path, "resnet5"), ImageLimits())
    with pytest.raises(ModelUnavailable, match=r"'resnet18' cannot be read from .*No such file"):
        load_classifier(choice(tmp_path, "resnet18", tmp_path / "gone.pth"), ImageLimits())


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelUnavailable, match="PREDICTOR_CACHE_DIR"):
        load_classifier(choice(tmp_path / "file" / "cache"), ImageLimits())


def test_torch_runs_what_cannot_be_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # The compiling process has the path of this one, and finds a package that does not work.
    (tmp_path / "onnx.py").write_text("raise RuntimeError('broken')")
    monkeypatch.syspath_prepend(tmp_path)
    weights = tmp_path / "squeezenet.pth"
    torch.save(load_torchvision_models().get_model("squeezenet1_1", weights=None).state_dict(), weights)
    classifier = load_classifier(choice(tmp_path / "cache", "squeezenet1_1", weights), ImageLimits())
    assert [record.getMessage() for record in caplog.records] == ["the model cannot be compiled; torch runs it"]
    assert caplog.records[0].__dict__["reason"] == "RuntimeError: broken"
    assert len(classifier.classify([COFFEE.read_bytes()])) == 1


class Moody(nn.Module):
    """Answers otherwise at every call; what is written down is one of the answers."""

    calls = 0

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        share = pictures.mean(dim=(1, 2, 3))
        return torch.stack([share, share * self.calls], dim=1)


def test_a_network_that_computes_something_else_as_onnx_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotCompile, match="differ by"):
        export_model(LoadedModel(Moody(), TINY), tmp_path / "moody.onnx")


def test_a_file_without_labels_is_refused(cache: Path) -> None:
    model = onnx.load(compiled_model(choice(cache)))
    del model.metadata_props[:]
    with pytest.raises(ValueError, match=DESCRIPTION_KEY):
        open_model(model.SerializeToString(), threads=1)
