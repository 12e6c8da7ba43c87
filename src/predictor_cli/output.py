"""Output of predictions: formatted on a terminal, as plain lines elsewhere, and as JSON."""

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from predictor_client import Prediction

_COLUMNS = ("uuid", "status", "prediction", "score", "name", "created")


def on_terminal() -> bool:
    """True if standard output and standard error are a terminal, which gets progress bars and tables."""
    return sys.stdout.isatty() and sys.stderr.isatty()


def printable(text: str) -> str:
    """Replace control characters by `?`. Any client may put escape sequences of a terminal into a name."""
    return "".join(character if character.isprintable() else "?" for character in text)


def as_json(prediction: "Prediction", **more: Any) -> str:
    """The prediction as one line of JSON, with the field names of the HTTP interface."""
    return json.dumps({**more, **_fields(prediction)})


def described(prediction: "Prediction") -> str:
    """The prediction as lines of text, one for each field and label."""
    lines = [(name, _text(value)) for name, value in _fields(prediction).items() if name != "top"]
    labels = [("", f"{entry.score:.3f} {printable(entry.label)}") for entry in prediction.top]
    return "\n".join(f"{name:<12} {text}".rstrip() for name, text in [*lines, *labels])


def outcome(prediction: "Prediction") -> str:
    """Label and score of the prediction, or its status and uuid while it has none."""
    if prediction.prediction is not None and prediction.score is not None:
        return f"{printable(prediction.prediction)} {prediction.score:.3f}"
    return f"{prediction.status} {prediction.uuid}"


def reason(prediction: "Prediction") -> str:
    """Reason of a failed or canceled prediction; empty for others."""
    if prediction.status not in ("failed", "canceled"):
        return ""
    return prediction.error.message if prediction.error else f"It was {prediction.status}."


def show_table(predictions: Sequence["Prediction"]) -> None:
    """Print a table on a terminal, and elsewhere one line for each prediction with tabs between the columns."""
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
