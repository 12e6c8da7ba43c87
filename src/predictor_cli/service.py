"""The service that a command talks to, and what the exit codes say of it."""

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from predictor_client import PredictorClient

FAILED, UNREACHABLE = 1, 3
# What shells give a command that Ctrl-C ended: 128 and the signal's number.
STOPPED = 130
# A paragraph with \b at its top is not wrapped.
EXIT_CODES = """\b
Exit codes:
  0    everything went well
  1    something was refused, failed, was canceled or is wrong
  2    the command line is not valid
  3    the service cannot be reached
  130  stopped by Ctrl-C"""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the service is, and the key to it."""

    url: str
    api_key: str | None


def at_service(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the options `--url` and `--api-key`, as its argument `service`."""

    @click.option(
        "--url", default="http://127.0.0.1:5000", show_default=True, envvar="PREDICTOR_URL", show_envvar=True,
        help="Where the service is.",
    )  # fmt: skip
    @click.option("--api-key", envvar="PREDICTOR_API_KEY", show_envvar=True, help="Sent as Authorization: Bearer.")
    @functools.wraps(command)
    def run(*arguments: Any, url: str, api_key: str | None, **options: Any) -> None:
        command(*arguments, service=Address(url, api_key), **options)

    return run


@contextmanager
def connected(service: Address) -> Iterator["PredictorClient"]:
    """A client of the service; its errors become one line and an exit code."""
    from predictor_client import PredictorClient

    with exit_codes(service), PredictorClient(service.url, api_key=service.api_key) as client:
        yield client


@contextmanager
def exit_codes(service: Address) -> Iterator[None]:
    """Ends the command with one line and the code that fits the error."""
    import httpx

    from predictor_client import PredictorClientError, Unreachable

    try:
        yield
    except httpx.InvalidURL:
        raise click.UsageError("--url is not a URL such as http://127.0.0.1:5000.") from None
    except Unreachable as error:
        exit_with(f"The service at {service.url} cannot be reached: {error}", UNREACHABLE)
    except PredictorClientError as error:
        exit_with(str(error), FAILED)
    except KeyboardInterrupt:
        exit_with("Stopped.", STOPPED)


def exit_with(problem: str, code: int) -> NoReturn:
    click.echo(f"predictor: {problem}", err=True)
    sys.exit(code)
