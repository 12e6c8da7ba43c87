"""The model in int8."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from adapters.vision.compiling.compiled_model import compiled_model
from adapters.vision.compiling.quantisation.activation_ranges import DEFAULT_MODEL_RANGES, Range, read_ranges
from adapters.vision.compiling.quantisation.calibrate import measured_ranges
from adapters.vision.compiling.quantisation.quantise import quantise
from adapters.vision.loading import load_classifier
from adapters.vision.models.model_choice import DEFAULT_MODEL, ModelChoice, Precision, RuntimeKind
from adapters.vision.runtimes.onnx_runtime import open_model, session_options
from domain.classification import Classification
from domain.errors import ModelUnavailable
from domain.image_limits import ImageLimits
from tests.harness.pictures import CAMERA, COFFEE

pytestmark = pytest.mark.torch


def int8(cache: Path, model: str = DEFAULT_MODEL, weights: Path | None = None) -> ModelChoice:
    return ModelChoice(model, weights, cache, RuntimeKind.CPU, Precision.INT8)


def fp32_model(cache: Path) -> onnx.ModelProto:
    model: onnx.ModelProto = onnx.load(compiled_model(ModelChoice(DEFAULT_MODEL, None, cache)))
    return model


def operators(model: bytes, folder: Path) -> list[str]:
    """The operators that the runtime makes of a model."""
    options = session_options(threads=1)
    options.optimized_model_filepath = str(folder / "optimised.onnx")
    onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return [node.op_type for node in onnx.load(folder / "optimised.onnx").graph.node]


def test_the_default_model_runs_in_int8_out_of_the_box(cache: Path) -> None:
    classifier = load_classifier(int8(cache), ImageLimits(), threads=2)
    found = classifier.classify([COFFEE.read_bytes(), CAMERA.read_bytes()])
    assert [outcome.best.label for outcome in found if isinstance(outcome, Classification)] == ["espresso", "tripod"]


def test_a_picture_gets_the_same_labels_alone_and_in_any_batch(cache: Path) -> None:
    runtime = open_model(compiled_model(int8(cache)), threads=1).runtime
    batch = np.random.default_rng(1).integers(0, 256, (5, 224, 224, 3), dtype=np.uint8)
    alone = np.concatenate([runtime.run(picture[None]) for picture in batch])
    np.testing.assert_allclose(runtime.run(batch), alone, atol=1e-3)


def test_every_layer_computes_in_integers(cache: Path, tmp_path: Path) -> None:
    found = operators(compiled_model(int8(cache)).read_bytes(), tmp_path)
    assert found.count("QLinearConv") == 49
    assert {"QGemm", "QLinearAdd"} <= set(found)
    assert not {"Conv", "FusedConv", "Gemm", "Clip", "DequantizeLinear"} & set(found)


def test_is_a_quarter_as_large(cache: Path) -> None:
    assert compiled_model(int8(cache)).stat().st_size < 0.3 * fp32_model(cache).ByteSize()


def test_other_weights_have_to_see_pictures_first(tmp_path: Path) -> None:
    weights = tmp_path / "mine.pth"
    weights.write_bytes(b"other")
    for choice in (int8(tmp_path, weights=weights), int8(tmp_path, "resnet18")):
        with pytest.raises(ModelUnavailable, match="predictor quantize"):
            load_classifier(choice, ImageLimits())


def test_the_ranges_of_another_model_are_refused(cache: Path) -> None:
    model, ranges = fp32_model(cache), read_ranges(DEFAULT_MODEL_RANGES).ranges
    for wrong in (ranges[:-1], (Range("Relu", 0.0, 1.0, ()), *ranges[1:])):
        with pytest.raises(ValueError, match="ranges"):
            quantise(model, wrong, avoid_saturation=False)


def test_measured_ranges_hold_every_value(cache: Path) -> None:
    batch = np.zeros((1, 224, 224, 3), np.uint8)
    dark = measured_ranges(fp32_model(cache), [batch])
    both = measured_ranges(fp32_model(cache), [batch, batch + 255])
    assert dark[0] == ("Div", -127 / 128, -127 / 128, (-127 / 128,) * 3)
    assert both[0] == ("Div", -127 / 128, 1.0, (1 / 256,) * 3)
    assert all(b.low <= d.low and b.high >= d.high for b, d in zip(both, dark, strict=True))


def pointwise(weights: np.ndarray) -> onnx.ModelProto:
    """One convolution of pixels, [N, channels, 1, 1], without a bias, and a sum."""
    channels = weights.shape[1]
    nodes = [helper.make_node("Conv", ["x", "w"], ["y"]), helper.make_node("GlobalAveragePool", ["y"], ["z"])]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", channels, 1, 1]) for name in ("x", "z")]
    graph = helper.make_graph(nodes, "g", values[:1], values[1:], [numpy_helper.from_array(weights, "w")])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_large_weights_side_by_side_are_not_cut_off_on_any_processor() -> None:
    weights = np.ones((8, 64, 1, 1), np.float32)
    made = quantise(
        pointwise(weights),
        [Range("Input", 0.0, 255.0, (100.0,) * 64), Range("Conv", 0.0, 64 * 255.0, (0.0,) * 8)],
        avoid_saturation=True,
    )
    session = onnxruntime.InferenceSession(
        made.SerializeToString(), session_options(threads=1), providers=["CPUExecutionProvider"]
    )
    [found] = session.run(None, {"x": np.full((1, 64, 1, 1), 255.0, np.float32)})
    assert found.ravel() == pytest.approx([64 * 255.0] * 8, rel=0.01)
