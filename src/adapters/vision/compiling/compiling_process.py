"""Compilation of a model in a subprocess, which runs this module.

Torch is needed only to export the network to ONNX. The serving process never imports it: its 300 MB and its threads
end with the subprocess.

`multiprocessing` is not used, since its processes first run the main module of their parent: a script without
``if __name__ == "__main__"`` would load its model again there, and wait for its own parent for ever. Task and outcome
are JSON, so that neither process runs what the other one sends.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from adapters.vision.compiling.cpu_features import int8_sums_saturate
from adapters.vision.compiling.quantisation.activation_ranges import DEFAULT_MODEL_RANGES, read_ranges
from adapters.vision.models.model_choice import ModelChoice, Precision
from adapters.vision.models.model_errors import CannotCompile, reason
from domain.errors import ModelUnavailable

_PROGRAM = "import sys; sys.path[:] = {path!r}; from adapters.vision.compiling.compiling_process import main; main()"
_STDOUT, _STDERR = 1, 2


def compile_in_subprocess(choice: ModelChoice, target: Path) -> None:
    """Compile the chosen model into the file `target`.

    Raises:
        ModelUnavailable: the model does not exist, or its weights cannot be used.
        CannotCompile: the model cannot be compiled, at all or on this machine.
        OSError: the file cannot be written.
    """
    command = [sys.executable, "-c", _PROGRAM.format(path=sys.path)]
    task = json.dumps({**_fields(choice), "target": str(target)}).encode()
    done = subprocess.run(command, input=task, stdout=subprocess.PIPE, check=False)  # noqa: S603 (our own program)
    if done.returncode:
        raise CannotCompile("the compiling process was ended")
    if failure := read_failure(json.loads(done.stdout)):
        raise failure


def _fields(choice: ModelChoice) -> dict[str, str | None]:
    """What compiling needs to know of a choice."""
    weights = None if choice.weights is None else str(choice.weights)
    return {"model": choice.model, "weights": weights, "precision": choice.precision}


def read_failure(outcome: dict[str, Any]) -> Exception | None:
    """The error that the subprocess wrote as `failure_fields`; None if it compiled the model."""
    match outcome:
        case {"kind": "OSError", "errno": int(number), "message": str(message), "file": str() | None as file}:
            return OSError(number, message, file)
        case {"kind": "ModelUnavailable", "message": str(message)}:
            return ModelUnavailable(message)
        case {"kind": "CannotCompile", "message": str(message)}:
            return CannotCompile(message)
        case {"kind": None}:
            return None
    return CannotCompile("the compiling process gave no outcome")


def failure_fields(failure: Exception | None) -> dict[str, Any]:
    """An error, or None, as JSON can carry it."""
    match failure:
        case None:
            return {"kind": None}
        case OSError(errno=int(number)):
            file = None if failure.filename is None else str(failure.filename)
            return {"kind": "OSError", "errno": number, "message": failure.strerror, "file": file}
        case ModelUnavailable():
            return {"kind": "ModelUnavailable", "message": failure.message}
    return {"kind": "CannotCompile", "message": str(failure)}


def main() -> None:
    """Run in the subprocess: read the task from standard input, and write the error, or None, to standard output."""
    task = json.load(sys.stdin)
    outcome = os.dup(_STDOUT)
    # Torch and its extensions print to standard output; their text goes to standard error.
    os.dup2(_STDERR, _STDOUT)
    with os.fdopen(outcome, "w") as stream:
        json.dump(failure_fields(_failure_of(task)), stream)


def _failure_of(task: dict[str, Any]) -> Exception | None:
    try:
        weights = None if task["weights"] is None else Path(task["weights"])
        _compile(task["model"], weights, Precision(task["precision"]), Path(task["target"]))
    except (ModelUnavailable, CannotCompile, OSError) as error:
        return error
    except Exception as error:  # packages that only compiling needs may fail in any way
        return CannotCompile(reason(error))
    return None


def _compile(model: str, weights: Path | None, precision: Precision, target: Path) -> None:
    from adapters.vision.compiling.onnx_export import export_model
    from adapters.vision.models.catalogue import load_model

    export_model(load_model(model, weights), target)
    if precision is Precision.INT8:
        from adapters.vision.compiling.quantisation.quantise import quantise_file

        quantise_file(target, target, read_ranges(DEFAULT_MODEL_RANGES).ranges, avoid_saturation=int8_sums_saturate())
