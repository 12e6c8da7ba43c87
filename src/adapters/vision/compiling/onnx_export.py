"""Writes a network down as ONNX: pixels in, probabilities out, labels and recipe in the metadata."""

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
# The first with layer normalisation as one operator.
_OPSET = 17
# Traced with one size of batch and tried with another, so that a size that was frozen by the tracing shows.
_TRACED_BATCH, _TRIED_BATCH = 2, 3
# What the port allows a score to differ by.
_TOLERANCE = 1e-3


def export_model(loaded: LoadedModel, target: Path) -> None:
    """Write a loaded model to the file `target`.

    Raises:
        CannotCompile: it cannot be written as ONNX, or computes something else there.
    """
    served = ServedNetwork(loaded.network, loaded.description.recipe)
    try:
        _trace(served, loaded.description.input_size, target)
        _simplify(target)
        _describe(target, loaded.description)
        apart = _difference(served, loaded.description.input_size, target)
    except Exception as error:  # exporter, checker and runtime have no common one
        raise CannotCompile(reason(error)) from error
    if apart > _TOLERANCE:
        raise CannotCompile(f"its probabilities differ by {apart:.4f} from those of torch")


def _trace(served: ServedNetwork, side: int, target: Path) -> None:
    pixels = torch.zeros(_TRACED_BATCH, side, side, 3, dtype=torch.uint8)
    with warnings.catch_warnings():
        # The exporter by tracing is called old, but the new one needs two packages more and ten times as long; and
        # the result is tried below, whatever either of them warns of.
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
    """Compute what is constant, and merge padding into convolutions; what is left is plain ONNX."""
    options = session_options(threads=1)
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(target)
    onnxruntime.InferenceSession(target.read_bytes(), options, providers=["CPUExecutionProvider"])


def _describe(target: Path, description: ModelDescription) -> None:
    model = onnx.load(target)
    onnx.helper.set_model_props(model, {DESCRIPTION_KEY: description_to_json(description)})
    onnx.save(model, target)


def _difference(served: ServedNetwork, side: int, target: Path) -> float:
    """How far the probabilities of noise lie apart in torch and in the file."""
    noise = np.random.default_rng(0).integers(0, 256, (_TRIED_BATCH, side, side, 3), dtype=np.uint8)
    with torch.inference_mode():
        expected = served(torch.tensor(noise)).numpy()
    found = OnnxRuntime(open_session(target, threads=1)).run(noise)
    # Broken weights give no numbers in either; loading tells the user.
    return float(np.abs(np.nan_to_num(found) - np.nan_to_num(expected)).max())
