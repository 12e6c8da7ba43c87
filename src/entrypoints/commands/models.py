"""`predictor models`, `predictor export` and `predictor quantize`."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entrypoints.commands.failures import load_settings, one_line_errors

if TYPE_CHECKING:
    from entrypoints.settings import Settings

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"}


_output = click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="File to write, with the suffix .onnx."
)


@click.command()
def models() -> None:
    """List the names of the models; * marks PREDICTOR_MODEL."""
    from adapters.vision.models.catalogue import available_models

    chosen = load_settings().model
    for name in available_models():
        click.echo(f"{'*' if name == chosen else ' '} {name}")


@click.command()
@click.argument("name")
@_output
@click.option("--weights", type=click.Path(path_type=Path), help="File with the model's weights.")
@click.option("--labels", type=click.Path(path_type=Path, exists=True), help="File with its labels, one per line.")
def export(name: str, output: Path, weights: Path | None, labels: Path | None) -> None:
    """Write the model NAME to a file that the service can load.

    The file holds the labels and the preprocessing, too.
    """
    from adapters.vision.compiling.model_files import write_model

    _check_suffix(output)
    if labels is not None and weights is None:
        raise click.UsageError("--labels needs --weights: the labels belong to a model trained anew.")
    with one_line_errors():
        write_model(name, weights, None if labels is None else _lines(labels), output)
    _show_written(output)


@click.command()
@click.option(
    "--images",
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Directory of pictures to calibrate on.",
)
@_output
def quantize(images: Path, output: Path) -> None:
    """Write the model of PREDICTOR_MODEL in int8 to a file.

    It is calibrated on your pictures, a few hundred of them, and compared with the model in fp32. The service can load
    the file.
    """
    from adapters.vision.compiling.model_files import write_quantised

    _check_suffix(output)
    settings = load_settings()
    pictures = _pictures(images)
    with one_line_errors(), _fp32_file(settings) as source:
        click.echo(f"Calibrating on {len(pictures)} pictures.")
        found = write_quantised(source, pictures, settings.limits, output)
    click.echo(
        f"Same label as in fp32: {found.same} of {found.pictures} ({found.same / found.pictures:.1%}); "
        f"median difference of the scores: {found.apart:.3f}."
    )
    _show_written(output)


@contextmanager
def _fp32_file(settings: "Settings") -> Iterator[Path]:
    """ONNX file of the settings' model; a model of the catalogue is exported to a temporary one."""
    from adapters.vision.compiling.model_files import write_model

    if (file := Path(settings.model)).suffix == ".onnx":
        yield file
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "fp32.onnx")
        write_model(settings.model, settings.weights, None, file)
        yield file


def _check_suffix(output: Path) -> None:
    if output.suffix != ".onnx":
        raise click.UsageError(f"{output} does not end with .onnx, by which the service knows a model file.")


def _pictures(folder: Path) -> Sequence[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)


def _lines(path: Path) -> tuple[str, ...]:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line)


def _show_written(output: Path) -> None:
    click.echo(f"Written to {output}. To serve it: PREDICTOR_MODEL={output}")
