"""Compilation of a model in a subprocess, which runs this module.

Torch is needed only to export the network to ONNX. The serving process never imports it: its 300 MB and its threads
end with the subprocess.

`multiprocessing` is not used, since its processes first run the main module of their parent: a script without
``if __name__ == "__main__"`` would load its model again there, and wait for its own parent for ever.
"""

import os
import pickle
import subprocess
import sys
from pathlib import Path

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
    task = pickle.dumps((choice, target))
    done = subprocess.run(command, input=task, stdout=subprocess.PIPE, check=False)  # noqa: S603 (our own program)
    if done.returncode:
        raise CannotCompile("the compiling process was ended")
    failure: Exception | None = pickle.loads(done.stdout)  # noqa: S301 (from our own program)
    if failure is not None:
        raise failure


def main() -> None:
    """Run in the subprocess: read the task from standard input, and write the error, or None, to standard output."""
    choice, target = pickle.load(sys.stdin.buffer)  # noqa: S301 (from our own program)
    outcome = os.dup(_STDOUT)
    # Torch and its extensions print to standard output; their text goes to standard error.
    os.dup2(_STDERR, _STDOUT)
    with os.fdopen(outcome, "wb") as stream:
        pickle.dump(_failure_of(choice, target), stream)


def _failure_of(choice: ModelChoice, target: Path) -> Exception | None:
    try:
        _compile(choice, target)
    except (ModelUnavailable, CannotCompile, OSError) as error:
        return error
    except Exception as error:  # packages that only compiling needs may fail in any way
        return CannotCompile(reason(error))
    return None


def _compile(choice: ModelChoice, target: Path) -> None:
    from adapters.vision.compiling.onnx_export import export_model
    from adapters.vision.models.catalogue import load_model

    export_model(load_model(choice.model, choice.weights), target)
    if choice.precision is Precision.INT8:
        from adapters.vision.compiling.quantisation.quantise import quantise_file

        quantise_file(target, target, read_ranges(DEFAULT_MODEL_RANGES).ranges, avoid_saturation=int8_sums_saturate())
