"""Export of a network to ONNX: pixels in, probabilities out, labels and preprocessing recipe in the metadata."""

import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from adapters.vision.models.catalogue import LoadedModel
from adapters.vision.models.model_description import ModelDescription
from adapters.vision.models.model_description_json import DESCRIPTION_KEY, description_to_json
from adapters.vision.models.model_errors import CannotCompile, reason
from adapters.vision.models.served_network import ServedNetwork
from adapters.vision.runtimes.onnx_runtime import OnnxRuntime, open_session, session_options

INPUT, OUTPUT = "pixels", "probabilities"
# The first version with layer normalisation as one operator.
_OPSET = 17
# Traced with one batch size and checked with another, to find a size that tracing made constant.
_TRACED_BATCH, _CHECKED_BATCH = 2, 3
# Maximum difference between scores that the port allows.
_TOLERANCE = 1e-3


def export_model(loaded: LoadedModel, target: Path) -> None:
    """Write a model to a file; raises `CannotCompile` if that fails or gives other probabilities than torch."""
    served = ServedNetwork(loaded.network, loaded.description.recipe)
    try:
        _trace(served, loaded.description.input_size, target)
        _simplify(target)
        _describe(target, loaded.description)
        difference = _difference(served, loaded.description.input_size, target)
    except Exception as error:  # exporter, checker and runtime share no error class
        raise CannotCompile(reason(error)) from error
    if difference > _TOLERANCE:
        raise CannotCompile(f"its probabilities differ by {difference:.4f} from those of torch")


def _trace(served: ServedNetwork, side: int, target: Path) -> None:
    pixels = torch.zeros(_TRACED_BATCH, side, side, 3, dtype=torch.uint8)
    with warnings.catch_warnings():
        # The tracing exporter is deprecated, but the new one needs two more packages and takes ten times as long. The
        # result is checked below, so the warnings of both can be ignored.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            served,
            (pixels,),
            target,
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_axes={INPUT: {0: "batch"}, OUTPUT: {0: "batch"}},
            opset_version=_OPSET,
            dynamo=False,
        )


def _simplify(target: Path) -> None:
    """Fold constants, and merge padding into convolutions; the result is still standard ONNX."""
    options = session_options(threads=1)
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(target)
    onnxruntime.InferenceSession(target.read_bytes(), options, providers=["CPUExecutionProvider"])


def _describe(target: Path, description: ModelDescription) -> None:
    model = onnx.load(target)
    onnx.helper.set_model_props(model, {DESCRIPTION_KEY: description_to_json(description)})
    onnx.save(model, target)


def _difference(served: ServedNetwork, side: int, target: Path) -> float:
    """Maximum difference between the probabilities of torch and of the file, for pictures of noise."""
    noise = np.random.default_rng(0).integers(0, 256, (_CHECKED_BATCH, side, side, 3), dtype=np.uint8)
    with torch.inference_mode():
        expected = served(torch.tensor(noise)).numpy()
    found = OnnxRuntime(open_session(target, threads=1)).run(noise)
    # Broken weights give NaN in both; loading the model reports that.
    return float(np.abs(np.nan_to_num(found) - np.nan_to_num(expected)).max())
