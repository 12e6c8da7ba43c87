"""Whatever goes wrong with a model, in one line for the user."""

from collections.abc import Iterator
from contextlib import contextmanager

from domain.errors import ModelUnavailable

SET_WEIGHTS = "set PREDICTOR_WEIGHTS to a .pth, .pt or .safetensors file with its state dict"


class CannotCompile(Exception):
    """The network cannot be written down as ONNX, or computes something else there."""


@contextmanager
def model_failures(what: str, advice: str) -> Iterator[None]:
    """Translate whatever goes wrong inside into one line: what failed, why, and what to do.

    Reading weights fails in as many ways as there are file formats, so every exception counts.

    Args:
        what: the beginning of the line, with the name of the model.
        advice: its end, without a full stop.

    Raises:
        ModelUnavailable
    """
    try:
        yield
    except ModelUnavailable:
        raise
    except Exception as error:
        raise ModelUnavailable(f"{what} ({reason(error)}); {advice}.") from error


def reason(error: Exception) -> str:
    """Why it failed, in one line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    # Torch's messages go on for pages: the first line is enough.
    first_line = next(iter(str(error).splitlines()), "").strip().rstrip(".:")
    return f"{type(error).__name__}: {first_line}"
