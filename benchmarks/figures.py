"""Results, for people and for programs."""

import math
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

_COLUMNS = ("What", "Value", "Unit", "Ratio", "To", "Target", "Met")


@dataclass(frozen=True, slots=True)
class Target:
    """Bound that a figure should keep.

    Args:
        number: by which people speak of it.
        bound: of the figure's ratio where it has one, otherwise of its value.
        at_most: True where less is better.
    """

    number: str
    bound: float
    at_most: bool = False

    def __str__(self) -> str:
        return f"{self.number}: {'<=' if self.at_most else '>='} {_short(self.bound)}"

    def is_met_by(self, measured: float) -> bool:
        """True if it is reached."""
        return measured <= self.bound if self.at_most else measured >= self.bound


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Args:
        what: was measured.
        value, unit: what came out.
        ratio: to what was measured beside it; None where there is no such thing.
        to: what that is.
        target: None where there is none.
    """

    what: str
    value: float
    unit: str
    ratio: float | None = None
    to: str = ""
    target: Target | None = None

    @property
    def met(self) -> bool | None:
        """True if the target is reached; None where there is none."""
        return None if self.target is None else self.target.is_met_by(self.value if self.ratio is None else self.ratio)

    def as_json(self) -> dict[str, Any]:
        """Everything, for a program."""
        return asdict(self) | {"met": self.met}


def table(figures: Sequence[Figure]) -> str:
    """A Markdown table whose columns are aligned for terminals, too."""
    rows = [_COLUMNS, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    rule = tuple("-" * width for width in widths)
    return "\n".join(_line(row, widths) for row in (rows[0], rule, *rows[1:]))


def median(values: Sequence[float]) -> float:
    """The middle one; NaN where there are none."""
    return quantile(values, 0.5)


def quantile(values: Collection[float], share: float) -> float:
    """The smallest value that at least this share of all does not exceed; NaN where there are none.

    Args:
        share: 0.5 for the median, 0.99 for the 99th percentile.
    """
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def ratio_of_rounds(values: Sequence[float], baseline: Sequence[float]) -> float:
    """The median of the ratios within each round: what changes from round to round does not count."""
    return median([value / base for value, base in zip(values, baseline, strict=True)])


def _cells(figure: Figure) -> tuple[str, ...]:
    ratio = "" if figure.ratio is None else f"{figure.ratio:.3f}"
    target = "" if figure.target is None else str(figure.target)
    met = {None: "", True: "yes", False: "NO"}[figure.met]
    return figure.what, _short(figure.value), figure.unit, ratio, figure.to, target, met


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"


def _short(value: float) -> str:
    """Three digits or, where it has more before the point, all of those."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
