"""Draws the states of a prediction, and what leads from one to another, as the domain's code has it.

Nothing is written down here about what is allowed: every method that changes a prediction is tried in every state.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from inspect import isfunction
from math import hypot
from uuid import UUID

from domain.access.owner import DEFAULT_OWNER
from domain.classification import Classification, ScoredLabel
from domain.errors import WrongState
from domain.image import ImageKey
from domain.image_header import ImageFormat
from domain.prediction import Prediction
from domain.prediction_state import Failure, PredictionStatus

_UUID = UUID(int=1)
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_LABELS = Classification((ScoredLabel("espresso", 1.0),))
_FAILURE = Failure("code", "message")

# How each method is called, with arguments that it has nothing against.
METHODS: Mapping[str, Callable[[Prediction], None]] = {
    "start": lambda prediction: prediction.start(_NOW, timedelta(seconds=60), "model"),
    "renew_lease": lambda prediction: prediction.renew_lease(prediction.attempts, _NOW, timedelta(seconds=60)),
    "succeed": lambda prediction: prediction.succeed(prediction.attempts, _LABELS, _NOW),
    "fail": lambda prediction: prediction.fail(prediction.attempts, _FAILURE, _NOW),
    "give_up": lambda prediction: prediction.give_up(_FAILURE, _NOW),
    "expire": lambda prediction: prediction.expire(_NOW),
    "bring_forward": lambda prediction: prediction.bring_forward(timedelta(seconds=2)),
    "requeue": lambda prediction: prediction.requeue(_NOW),
    "cancel": lambda prediction: prediction.cancel(_NOW),
    "reuse": lambda prediction: prediction.reuse(_prediction(PredictionStatus.SUCCEEDED), _NOW),
    "retry": lambda prediction: prediction.retry(_NOW),
}

# Centres of the states in the drawing, its size, and that of a state.
# Queued and processing lead to every final state: those are between them, so that few arrows cross.
_PLACES = {
    "queued": (120, 110),
    "processing": (780, 110),
    "succeeded": (560, 225),
    "canceled": (520, 335),
    "failed": (470, 445),
}
_WIDTH, _HEIGHT = 900, 500
_BOX = (144, 48)
# How far an arrow bends to its left, so that two of opposite directions do not meet.
_BEND = 26


@dataclass(frozen=True, slots=True)
class Transition:
    """The methods that lead from one state to another."""

    before: PredictionStatus
    after: PredictionStatus
    methods: tuple[str, ...]


def changing_methods() -> set[str]:
    """The names of the domain's methods that change a prediction: the public ones that answer nothing."""
    methods = {name: method for name, method in vars(Prediction).items() if isfunction(method)}
    return {name for name, m in methods.items() if not name.startswith("_") and m.__annotations__["return"] is None}


def transitions() -> list[Transition]:
    """Transitions that the code allows, found by trying each."""
    found: dict[tuple[PredictionStatus, PredictionStatus], list[str]] = {}
    for before in PredictionStatus:
        for method in METHODS:
            if after := _after(method, before):
                found.setdefault((before, after), []).append(method)
    return [Transition(before, after, tuple(methods)) for (before, after), methods in found.items()]


def table() -> list[str]:
    """The transitions in Markdown: a row a method, a column a state."""
    states = list(PredictionStatus)
    rows = [[f"`{method}`", *(_after(method, state) or "" for state in states)] for method in METHODS]
    return [f"| {' | '.join(row)} |" for row in (["", *states], ["---"] * (len(states) + 1), *rows)]


def drawing() -> str:
    """The transitions as SVG, which needs neither scripts nor fonts from elsewhere."""
    known = transitions()
    lines, names = zip(*map(_arrow, known), strict=True)
    story = "; ".join(f"{t.before} to {t.after}: {', '.join(t.methods)}" for t in known)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="14">',
        f'<title id="title">The states of a prediction</title><desc id="desc">{escape(story)}</desc>',
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0.8 L10 5 L0 9.2 Z" fill="#44546a"/></marker></defs>',
        f'<rect x="1" y="1" width="{_WIDTH - 2}" height="{_HEIGHT - 2}" rx="12" fill="#fbfcfe" stroke="#cfd8e3"/>',
        *lines,
        *names,  # on top of the lines
        *(_state(state) for state in PredictionStatus),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _after(method: str, before: PredictionStatus) -> PredictionStatus | None:
    """The state to which the method leads from `before`, or None where it is refused."""
    prediction = _prediction(before)
    try:
        METHODS[method](prediction)
    except WrongState:
        return None
    return prediction.status


def _prediction(status: PredictionStatus) -> Prediction:
    """One in this state that has expired, so that no method is refused for another reason than the state."""
    image = ImageKey.of(_UUID, ImageFormat.PNG)
    prediction = Prediction(_UUID, DEFAULT_OWNER, image, "model", "name", top_k=1, created_at=_NOW, due_at=_NOW)
    prediction.status, prediction.attempts, prediction.expires_at = status, 1, _NOW
    prediction.classification = _LABELS if status is PredictionStatus.SUCCEEDED else None
    return prediction


def _state(state: PredictionStatus) -> str:
    (x, y), (width, height) = _PLACES[state], _BOX
    fill, stroke = ("#e2f4e6", "#2f8a4c") if state.is_final else ("#e3effd", "#2f6db5")
    return (
        f'<rect x="{x - width / 2}" y="{y - height / 2}" width="{width}" height="{height}" rx="24" '
        f'fill="{fill}" stroke="{stroke}" stroke-width="1.5"/>'
        f'<text x="{x}" y="{y + 5}" text-anchor="middle" font-weight="600" fill="#1f2937">{state}</text>'
    )


def _arrow(transition: Transition) -> tuple[str, str]:
    """The line and the name on it."""
    name = ", ".join(transition.methods)
    if transition.before is transition.after:
        return _loop(transition.before, name)
    (x0, y0), (x1, y1) = _PLACES[transition.before], _PLACES[transition.after]
    length = hypot(x1 - x0, y1 - y0)
    across = ((y1 - y0) / length, -(x1 - x0) / length)
    bend_x, bend_y = (x0 + x1) / 2 + 2 * _BEND * across[0], (y0 + y1) / 2 + 2 * _BEND * across[1]
    start, end = _edge((x0, y0), (bend_x, bend_y)), _edge((x1, y1), (bend_x, bend_y))
    path = f"M{start[0]:.0f} {start[1]:.0f} Q{bend_x:.0f} {bend_y:.0f} {end[0]:.0f} {end[1]:.0f}"
    # Two fifths of the way: at either end, arrows of the same state are close together.
    at = [(9 * s + 12 * b + 4 * e) / 25 for s, b, e in zip(start, (bend_x, bend_y), end, strict=True)]
    return _line(path), _text(at[0], at[1], name)


def _loop(state: PredictionStatus, name: str) -> tuple[str, str]:
    x, y = _PLACES[state]
    top = y - _BOX[1] / 2
    return _line(f"M{x - 36} {top} C{x - 52} {top - 58} {x + 52} {top - 58} {x + 36} {top}"), _text(x, top - 43, name)


def _edge(centre: tuple[int, int], towards: tuple[float, float]) -> tuple[float, float]:
    """Point at which the line from the centre of a state leaves its box."""
    dx, dy = towards[0] - centre[0], towards[1] - centre[1]
    share = min((size / 2 + 3) / abs(d) for size, d in zip(_BOX, (dx, dy), strict=True) if d)
    return centre[0] + share * dx, centre[1] + share * dy


def _line(path: str) -> str:
    return f'<path d="{path}" fill="none" stroke="#44546a" stroke-width="1.5" marker-end="url(#tip)"/>'


def _text(x: float, y: float, text: str) -> str:
    width = 8 * len(text) + 8
    return (
        f'<rect x="{x - width / 2:.0f}" y="{y - 10:.0f}" width="{width}" height="20" fill="#fbfcfe"/>'
        f'<text x="{x:.0f}" y="{y + 5:.0f}" text-anchor="middle" fill="#374151">{escape(text)}</text>'
    )
