"""How far a long command has come: a bar with rate and time left on a terminal, nothing elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import click

from predictor_cli.output import on_terminal

# ECMA-48: to the start of the line, and erase it.
_ERASE_LINE = "\r\x1b[2K"


class Progress(NamedTuple):
    """The bar, for whoever does the steps.

    Args:
        step: to be called after each step.
        clear: to be called before a line is written: it takes the bar's place, and the bar comes again below it.
    """

    step: Callable[[], None]
    clear: Callable[[], None]


@contextmanager
def progress(total: int) -> Iterator[Progress]:
    """Shows the bar meanwhile, for `total` steps."""
    if not on_terminal():
        yield Progress(lambda: None, lambda: None)
        return
    from rich import progress as rich
    from rich.console import Console
    from rich.text import Text

    class Rate(rich.ProgressColumn):
        def render(self, task: rich.Task) -> Text:
            # In the end that of the whole; on the way that of the latest steps.
            speed = task.completed / task.elapsed if task.finished and task.elapsed else task.speed
            return Text("" if speed is None else f"{speed:.1f}/s")

    columns = (rich.BarColumn(), rich.MofNCompleteColumn(), Rate(), rich.TimeRemainingColumn())
    with rich.Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=total)
        yield Progress(lambda: bar.advance(task), lambda: click.echo(_ERASE_LINE, nl=False, err=True))
