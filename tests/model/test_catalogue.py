"""Models by name, and the files that their weights may come from."""

import hashlib
import re
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from adapters.vision.loading import load_torch
from adapters.vision.models import torchvision_models
from adapters.vision.models.catalogue import available_models, describe_model, load_model
from adapters.vision.models.model_description import Interpolation
from adapters.vision.models.torchvision_models import weights_url
from adapters.vision.models.weights_identity import bundled_weights
from domain.classification import Classification
from domain.image_limits import ImageLimits
from tests.harness.pictures import COFFEE
from tests.model.networks import State, random_network, refusal_of

pytestmark = pytest.mark.torch


def test_lists_models_sorted() -> None:
    names = available_models()
    assert names == sorted(names)
    assert {"efficientnet_lite0", "squeezenet1_0", "resnet50", "vit_h_14", "inception_v3"} <= set(names)
    assert len(names) > 80


def test_every_model_has_a_recipe_and_labels() -> None:
    for name in available_models():
        description = describe_model(name)
        assert len(description.labels) == 1000
        assert description.input_size >= 224


def test_recipes_are_those_of_the_weights() -> None:
    squeezenet, inception = describe_model("squeezenet1_0").recipe, describe_model("inception_v3").recipe
    assert (squeezenet.resize, squeezenet.crop, squeezenet.interpolation) == (256, 224, Interpolation.BILINEAR)
    assert squeezenet.mean == pytest.approx((0.485 * 255, 0.456 * 255, 0.406 * 255))
    assert (inception.resize, inception.crop) == (342, 299)


def test_an_unknown_name_gets_close_ones_proposed() -> None:
    text = refusal_of("resnet5", None)
    assert "resnet50" in text
    assert "PREDICTOR_MODEL" in text


def test_the_default_weights_are_all_used() -> None:
    network, description = load_model("efficientnet_lite0", None)
    assert len(network.state_dict()) == 296
    assert sum(tensor.numel() for tensor in network.parameters()) == 4_652_008
    assert description.labels[504] == "coffee mug"


def test_default_weights_may_come_from_a_file_in_any_order(tmp_path: Path) -> None:
    installed, _ = load_model("efficientnet_lite0", None)
    path = tmp_path / "lite0.safetensors"
    tensors = torch.load(bundled_weights(), weights_only=True)
    save_file({name: tensors[name].contiguous() for name in reversed(tensors)}, path)
    loaded, _ = load_model("efficientnet_lite0", path)
    for (_, expected), (_, found) in zip(installed.state_dict().items(), loaded.state_dict().items(), strict=True):
        assert torch.equal(expected, found)


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".safetensors"])
def test_weights_come_from_a_file(tmp_path: Path, squeezenet: State, suffix: str) -> None:
    path = tmp_path / f"squeezenet{suffix}"
    if suffix == ".safetensors":
        save_file(squeezenet, path)
    else:
        torch.save(squeezenet, path)
    classifier = load_torch("squeezenet1_0", path, ImageLimits(), threads=1)
    [outcome] = classifier.classify([COFFEE.read_bytes()])
    assert isinstance(outcome, Classification)
    assert classifier.description.name == "squeezenet1_0"


@pytest.mark.parametrize("wrapper", ["state_dict", "model"])
def test_weights_may_be_wrapped_and_prefixed(tmp_path: Path, squeezenet: State, wrapper: str) -> None:
    path = tmp_path / "checkpoint.pth"
    prefixed = {f"module.{name}": tensor for name, tensor in squeezenet.items()}
    torch.save({"epoch": 3, wrapper: prefixed}, path)
    network, _ = load_model("squeezenet1_0", path)
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, squeezenet[name])


def test_versioned_models_come_from_bare_tensors(tmp_path: Path) -> None:
    path = tmp_path / "mnasnet.safetensors"
    save_file(dict(random_network("mnasnet0_5").state_dict()), path)
    assert load_model("mnasnet0_5", path).description.name == "mnasnet0_5"


def test_old_files_without_batch_counters_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "resnet.pth"
    state = random_network("resnet18").state_dict()
    torch.save({name: t for name, t in state.items() if "num_batches_tracked" not in name}, path)
    network, _ = load_model("resnet18", path)
    assert torch.equal(network.state_dict()["fc.weight"], state["fc.weight"])


def test_old_densenet_names_are_understood() -> None:
    state = random_network("densenet121").state_dict()
    old = OrderedDict((name.replace("norm1.", "norm.1.").replace("conv2.", "conv.2."), t) for name, t in state.items())
    assert torchvision_models.build("densenet121", old).state_dict().keys() == state.keys()


@pytest.mark.parametrize("auxiliary", [True, False])
def test_googlenet_rescales_its_input_and_may_lack_its_auxiliary_heads(auxiliary: bool) -> None:
    state = random_network("googlenet", aux_logits=auxiliary, init_weights=False).state_dict()
    network: Any = torchvision_models.build("googlenet", OrderedDict(state))
    assert network.transform_input
    assert network.aux_logits is auxiliary


def test_downloaded_weights_are_taken_from_the_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, squeezenet: State
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    cache = tmp_path / "hub" / "checkpoints"
    cache.mkdir(parents=True)
    torch.save(squeezenet, cache / "new.pth")
    digits = hashlib.sha256((cache / "new.pth").read_bytes()).hexdigest()[:8]
    (cache / "new.pth").rename(cache / f"squeezenet-{digits}.pth")
    weights = torchvision_models.download_weights(f"https://127.0.0.1:9/squeezenet-{digits}.pth")
    assert torch.equal(weights["classifier.1.bias"], squeezenet["classifier.1.bias"])


def test_every_published_file_has_its_hash_in_its_name() -> None:
    names = {name: Path(weights_url(name)).name for name in torchvision_models.names()}
    assert [name for name, file in names.items() if not re.search(r"-[0-9a-f]{8,}\.pth$", file)] == []
