"""The commands that write model files."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from entrypoints.settings import Settings

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"}


def export_model(name: str, weights: Path | None, labels: Path | None, output: Path) -> None:
    """Write the model `name` to the file `output`.

    Raises:
        PredictorError: with one line that says what to do.
        click.UsageError: the options do not go together.
    """
    from adapters.vision.compiling.model_files import write_model

    _check_suffix(output)
    if labels is not None and weights is None:
        raise click.UsageError("--labels are those of a model trained anew: name its --weights, too.")
    write_model(name, weights, None if labels is None else _lines(labels), output)
    click.echo(f"Written to {output}. To serve it: PREDICTOR_MODEL={output}")


def quantize_model(settings: Settings, images: Path, output: Path) -> None:
    """Write the model of the settings to the file `output`, in int8, and tell how far it agrees with fp32.

    Raises:
        PredictorError: with one line that says what to do.
        click.UsageError: the output's name has another suffix.
    """
    from adapters.vision.compiling.model_files import write_model, write_quantised

    _check_suffix(output)
    pictures = _pictures(images)
    with tempfile.TemporaryDirectory() as workplace:
        source = Path(settings.model)
        if source.suffix != ".onnx":
            source = Path(workplace, "fp32.onnx")
            write_model(settings.model, settings.weights, None, source)
        click.echo(f"Looking at {len(pictures)} pictures.")
        found = write_quantised(source, pictures, settings.limits, output)
    click.echo(
        f"Same label as in fp32: {found.same} of {found.pictures} ({found.same / found.pictures:.1%}); "
        f"scores apart by {found.apart:.3f} (median)."
    )
    click.echo(f"Written to {output}. To serve it: PREDICTOR_MODEL={output}")


def _check_suffix(output: Path) -> None:
    if output.suffix != ".onnx":
        raise click.UsageError(f"{output} does not end with .onnx, by which the service knows a model file.")


def _pictures(folder: Path) -> Sequence[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)


def _lines(path: Path) -> tuple[str, ...]:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line)
