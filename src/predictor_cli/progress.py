"""Progress bar with rate and remaining time on a terminal; no output elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import click

from predictor_cli.output import on_terminal

# Return to the start of the line and erase it, by ECMA-48.
_ERASE_LINE = "\r\x1b[2K"


class Progress(NamedTuple):
    """Functions to call after each step, and before printing a line, below which the bar then appears again."""

    step: Callable[[], None]
    clear: Callable[[], None]


@contextmanager
def progress(total: int) -> Iterator[Progress]:
    """Context with a progress bar of `total` steps."""
    if not on_terminal():
        yield Progress(lambda: None, lambda: None)
        return
    from rich import progress as rich
    from rich.console import Console
    from rich.text import Text

    class Rate(rich.ProgressColumn):
        def render(self, task: rich.Task) -> Text:
            # The rate of the latest steps; at the end the average rate.
            speed = task.completed / task.elapsed if task.finished and task.elapsed else task.speed
            return Text("" if speed is None else f"{speed:.1f}/s")

    columns = (rich.BarColumn(), rich.MofNCompleteColumn(), Rate(), rich.TimeRemainingColumn())
    with rich.Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=total)
        yield Progress(lambda: bar.advance(task), lambda: click.echo(_ERASE_LINE, nl=False, err=True))
