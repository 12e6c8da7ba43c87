"""How predictions are shown: for people on a terminal, plainly everywhere else, and as JSON."""

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from predictor_client import Prediction

_COLUMNS = ("uuid", "status", "prediction", "score", "name", "created")


def on_terminal() -> bool:
    """Whether a person looks on: then there is a progress bar, and tables have lines."""
    return sys.stdout.isatty() and sys.stderr.isatty()


def printable(text: str) -> str:
    """The text without what a terminal would take for a command; names are what any client sent."""
    return "".join(character if character.isprintable() else "?" for character in text)


def as_json(prediction: "Prediction", **more: Any) -> str:
    """The prediction as one line of JSON, with the names that the service gives its fields."""
    return json.dumps({**more, **_fields(prediction)})


def described(prediction: "Prediction") -> str:
    """The prediction in some lines for people."""
    lines = [(name, _text(value)) for name, value in _fields(prediction).items() if name != "top"]
    labels = [("", f"{entry.score:.3f} {printable(entry.label)}") for entry in prediction.top]
    return "\n".join(f"{name:<12} {text}".rstrip() for name, text in [*lines, *labels])


def outcome(prediction: "Prediction") -> str:
    """How far the prediction came, in a few words."""
    if prediction.prediction is not None and prediction.score is not None:
        return f"{printable(prediction.prediction)} {prediction.score:.3f}"
    return f"{prediction.status} {prediction.uuid}"


def reason(prediction: "Prediction") -> str:
    """Why there is no label and will be none; empty where there is one, or may be."""
    if prediction.status not in ("failed", "canceled"):
        return ""
    return prediction.error.message if prediction.error else f"It was {prediction.status}."


def show_table(predictions: Sequence["Prediction"]) -> None:
    """A table for a terminal; otherwise a line for each, with tabs between."""
    rows = [_row(prediction) for prediction in predictions]
    if not on_terminal():
        for row in rows:
            click.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*_COLUMNS, box=None)
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)


def _row(prediction: "Prediction") -> tuple[str, ...]:
    score = "" if prediction.score is None else f"{prediction.score:.3f}"
    created = prediction.created_at.isoformat(timespec="seconds")
    label = printable(prediction.prediction or "")
    return str(prediction.uuid), prediction.status, label, score, printable(prediction.name), created


def _fields(prediction: "Prediction") -> dict[str, Any]:
    error = prediction.error
    return {
        "uuid": str(prediction.uuid),
        "name": prediction.name,
        "status": prediction.status,
        "prediction": prediction.prediction,
        "score": prediction.score,
        "top": [{"label": entry.label, "score": entry.score} for entry in prediction.top],
        "model": prediction.model,
        "error": {"code": error.code, "message": error.message} if error else None,
        "attempts": prediction.attempts,
        "created_at": prediction.created_at.isoformat(),
        "started_at": prediction.started_at.isoformat() if prediction.started_at else None,
        "finished_at": prediction.finished_at.isoformat() if prediction.finished_at else None,
    }


def _text(value: object) -> str:
    if isinstance(value, dict):
        value = value["message"]
    return "-" if value is None else printable(str(value))
