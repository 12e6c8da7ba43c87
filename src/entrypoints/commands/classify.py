"""`predictor classify`."""

import json
import os
import sys
from collections.abc import Sequence
from errno import ENOMEM
from pathlib import Path
from typing import TYPE_CHECKING

import click

from domain.classification import Classification
from domain.errors import InvalidInput
from entrypoints.commands.failures import load_settings, one_line_errors
from predictor_cli.service import FAILED

if TYPE_CHECKING:
    from application.ports.classifier import Classifier
    from domain.image_limits import ImageLimits


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--top", default=1, show_default=True, type=click.IntRange(1, Classification.MAX_TOP_K), help="Number of labels."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def classify(files: Sequence[Path], top: int, as_json: bool) -> None:
    """Classify FILES without a server."""
    from entrypoints.container import Container

    settings = load_settings()
    failed = 0
    with one_line_errors():
        classifier = Container(settings=settings).classifier()
        for file in files:
            try:
                labels = _classified(classifier, file, settings.limits)
            except (OSError, InvalidInput) as error:
                failed += 1
                click.echo(f"{file}: {_message(error)}", err=True)
            else:
                click.echo(_line(file, labels.limited_to(top), as_json))
    sys.exit(FAILED if failed else 0)


def _classified(classifier: "Classifier", file: Path, limits: "ImageLimits") -> Classification:
    image = file.read_bytes()
    limits.check(image)
    [outcome] = classifier.classify([image])
    if isinstance(outcome, Classification):
        return outcome
    raise outcome or OSError(ENOMEM, os.strerror(ENOMEM))


def _message(error: OSError | InvalidInput) -> str | None:
    return error.message if isinstance(error, InvalidInput) else error.strerror


def _line(file: Path, labels: Classification, as_json: bool) -> str:
    if as_json:
        top = [{"label": entry.label, "score": entry.score} for entry in labels.top]
        return json.dumps({"file": str(file), "prediction": labels.best.label, "top": top})
    return f"{file}: " + ", ".join(f"{entry.label} {entry.score:.3f}" for entry in labels.top)
