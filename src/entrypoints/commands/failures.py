"""Errors of a command: one line on standard error and an exit code."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from domain.errors import PredictorError
from predictor_cli.service import FAILED, exit_with

if TYPE_CHECKING:
    from entrypoints.settings import Settings


def load_settings() -> "Settings":
    """Read the settings. The command ends if one is wrong."""
    from entrypoints.settings import InvalidSettings, Settings

    with one_line_errors(InvalidSettings):
        return Settings.load()


@contextmanager
def one_line_errors(*more: type[Exception]) -> Iterator[None]:
    """End the command with one line instead of a traceback on a `PredictorError` or an error of the types `more`."""
    known: tuple[type[Exception], ...] = (PredictorError, *more)
    try:
        yield
    except known as error:
        exit_with(str(error), FAILED)
