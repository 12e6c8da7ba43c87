"""The command line."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

import click

from adapters.observability.logs import configure_logging
from domain.classification import Classification
from domain.errors import InvalidInput, PredictorError
from entrypoints.commands.completion import completion
from entrypoints.commands.doctor import doctor
from entrypoints.settings import InvalidSettings, Settings
from predictor_cli.commands import COMMANDS
from predictor_cli.service import EXIT_CODES

# What a command imports is imported when it runs: `predictor --help` need not wait for torch.


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES)
@click.version_option(version("ml-prediction-system"), prog_name="predictor")
def main() -> None:
    """Classify pictures: submit over HTTP, get the label by uuid."""


for command in (*COMMANDS, doctor, completion):
    main.add_command(command)


@main.command()
def serve() -> None:
    """Serve API and prediction engine in one process, with everything in PREDICTOR_DATA_DIR."""
    from entrypoints import serve as embedded
    from entrypoints.http_server import CannotServe

    settings = _settings()
    configure_logging(settings.log_level)
    with _one_line_errors(CannotServe, InvalidSettings):
        settings.check_for_embedded()
        embedded.serve(settings, _announce)


@main.command()
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes.")
def api(workers: int) -> None:
    """Serve the HTTP API alone; MySQL, RabbitMQ and workers are elsewhere."""
    from entrypoints.api import serve_api
    from entrypoints.http_server import CannotServe

    settings = _settings()
    configure_logging(settings.log_level)
    with _one_line_errors(CannotServe, InvalidSettings):
        serve_api(settings, workers, _announce)


@main.command()
@click.option("--concurrency", type=click.IntRange(1, 256), help="Batches in work at once [default: setting].")
@click.option("--batch-size", type=click.IntRange(1, 1024), help="Most pictures in a batch [default: setting].")
def worker(concurrency: int | None, batch_size: int | None) -> None:
    """Classify what waits in RabbitMQ, until told to stop; finishes what it has begun."""
    from entrypoints.http_server import CannotServe
    from entrypoints.worker import work

    given = {"concurrency": concurrency, "batch_size": batch_size}
    settings = _settings().model_copy(update={name: value for name, value in given.items() if value is not None})
    configure_logging(settings.log_level)
    with _one_line_errors(CannotServe, InvalidSettings):
        work(settings)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--top", default=1, show_default=True, type=click.IntRange(1, Classification.MAX_TOP_K))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def classify(files: Sequence[Path], top: int, as_json: bool) -> None:
    """Classify FILES here and now, without a server: labels and scores."""
    from entrypoints.container import Container

    settings = _settings()
    with _one_line_errors():
        classifier = Container(settings=settings).classifier()
        failed = 0
        for file in files:
            outcome = classifier.classify([image])[0] if (image := _read(file, settings)) else None
            failed += not isinstance(outcome, Classification)
            if isinstance(outcome, Classification):
                click.echo(_line(file, outcome.limited_to(top), as_json))
            elif isinstance(outcome, InvalidInput):
                click.echo(f"{file}: {outcome.message}", err=True)
    sys.exit(1 if failed else 0)


@main.command()
def migrate() -> None:
    """Bring the database schema to this version."""
    from adapters.sql.schema.migrate import migrate as run

    settings = _settings()
    configure_logging(settings.log_level)
    if settings.database_url is None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    with _one_line_errors():
        run(settings.database)
    click.echo("The schema is up to date.")


@main.command()
def models() -> None:
    """List the models by name; * marks the one that PREDICTOR_MODEL chooses."""
    from adapters.vision.models.catalogue import available_models

    chosen = _settings().model
    for name in available_models():
        click.echo(f"{'*' if name == chosen else ' '} {name}")


@main.command()
@click.argument("name")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The file, model.onnx.")
@click.option("--weights", type=click.Path(path_type=Path), help="File with the model's weights.")
@click.option("--labels", type=click.Path(path_type=Path, exists=True), help="File with its labels, one a line.")
def export(name: str, output: Path, weights: Path | None, labels: Path | None) -> None:
    """Write the model NAME to a file that can be served, with labels and preprocessing in it."""
    from entrypoints.model_commands import export_model

    with _one_line_errors():
        export_model(name, weights, labels, output)


@main.command()
@click.option("--images", required=True, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The file, model.onnx.")
def quantize(images: Path, output: Path) -> None:
    """Write the model of PREDICTOR_MODEL in int8 to a file that can be served, calibrated on the folder's pictures."""
    from entrypoints.model_commands import quantize_model

    settings = _settings()
    with _one_line_errors():
        quantize_model(settings, images, output)


def _announce(url: str) -> None:
    click.echo(f"Serving on {url} - documentation on {url}/docs")


def _settings() -> Settings:
    try:
        return Settings.load()
    except InvalidSettings as error:
        _stop(str(error))


@contextmanager
def _one_line_errors(*more: type[Exception]) -> Iterator[None]:
    known: tuple[type[Exception], ...] = (PredictorError, *more)
    try:
        yield
    except known as error:
        _stop(str(error))


def _stop(problem: str) -> NoReturn:
    click.echo(f"predictor: {problem}", err=True)
    sys.exit(1)


def _read(file: Path, settings: Settings) -> bytes | None:
    try:
        image = file.read_bytes()
        settings.limits.check(image)
        return image
    except OSError as error:
        click.echo(f"{file}: {error.strerror}", err=True)
    except InvalidInput as error:
        click.echo(f"{file}: {error.message}", err=True)
    return None


def _line(file: Path, labels: Classification, as_json: bool) -> str:
    if as_json:
        top = [{"label": entry.label, "score": entry.score} for entry in labels.top]
        return json.dumps({"file": str(file), "prediction": labels.best.label, "top": top})
    return f"{file}: " + ", ".join(f"{entry.label} {entry.score:.3f}" for entry in labels.top)
