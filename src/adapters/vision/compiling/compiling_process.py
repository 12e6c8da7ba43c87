"""Compiles a model in a process of its own, which runs this module.

Torch is needed once, to write the network down as ONNX. The process that serves never imports it: its 300 MB and
its threads go with the one that compiled.

Not with `multiprocessing`, whose new processes first run the main module of their parent: a script without
``if __name__ == "__main__"`` would load its model again in there, and wait for its own parent, for ever.
"""

import os
import pickle
import subprocess
import sys
from pathlib import Path

from adapters.vision.compiling.cpu_features import sums_pairs_in_16_bits
from adapters.vision.compiling.quantisation.activation_ranges import SHIPPED, read_ranges
from adapters.vision.models.model_choice import ModelChoice, Precision
from adapters.vision.models.model_errors import CannotCompile, reason
from domain.errors import ModelUnavailable

_PROGRAM = "import sys; sys.path[:] = {path!r}; from adapters.vision.compiling.compiling_process import main; main()"
_STDOUT, _STDERR = 1, 2


def compile_elsewhere(choice: ModelChoice, target: Path) -> None:
    """Compile the chosen model into the file `target`.

    Raises:
        ModelUnavailable: there is no such model, or its weights cannot be used.
        CannotCompile: it cannot be compiled, or not here.
        OSError: the file cannot be written.
    """
    # The same path, so that it finds what this process would.
    command = [sys.executable, "-c", _PROGRAM.format(path=sys.path)]
    job = pickle.dumps((choice, target))
    done = subprocess.run(command, input=job, stdout=subprocess.PIPE, check=False)  # noqa: S603 (our own program)
    if done.returncode:
        raise CannotCompile("the compiling process was ended")
    failure: Exception | None = pickle.loads(done.stdout)  # noqa: S301 (from our own program)
    if failure is not None:
        raise failure


def main() -> None:
    """Be the process: a job comes in, and what went wrong goes out, or None."""
    choice, target = pickle.load(sys.stdin.buffer)  # noqa: S301 (from our own program)
    outcome = os.dup(_STDOUT)
    # Whatever torch and its friends print, from Python or not, is for people.
    os.dup2(_STDERR, _STDOUT)
    failure = _failure_of(choice, target)
    with os.fdopen(outcome, "wb") as stream:
        pickle.dump(failure, stream)


def _failure_of(choice: ModelChoice, target: Path) -> Exception | None:
    try:
        _compile(choice, target)
    except (ModelUnavailable, CannotCompile, OSError) as error:
        return error
    except Exception as error:  # the packages that only compiling needs may be broken in any way
        return CannotCompile(reason(error))
    return None


def _compile(choice: ModelChoice, target: Path) -> None:
    from adapters.vision.compiling.onnx_export import export_model
    from adapters.vision.models.catalogue import load_model

    export_model(load_model(choice.model, choice.weights), target)
    if choice.precision is Precision.INT8:
        from adapters.vision.compiling.quantisation.quantise import quantise_file

        quantise_file(target, target, read_ranges(SHIPPED).ranges, in_pairs=sums_pairs_in_16_bits())
