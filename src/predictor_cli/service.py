"""Connection of a command to the service, and exit codes."""

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
# The exit code by which shells tell that Ctrl-C ended a command: 128 plus the number of SIGINT.
STOPPED = 130
# click does not wrap a paragraph that begins with \b.
EXIT_CODES = """\b
Exit codes:
  0    success
  1    something was refused, failed, was canceled or is wrong
  2    the command line is invalid
  3    the service cannot be reached
  130  stopped by Ctrl-C"""


@dataclass(frozen=True, slots=True)
class Address:
    """URL of the service, and API key."""

    url: str
    api_key: str | None


def at_service(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options `--url` and `--api-key` to a command, which gets them as its argument `service`."""

    @click.option(
        "--url", default="http://127.0.0.1:5000", show_default=True, envvar="PREDICTOR_URL", show_envvar=True,
        help="URL of the service.",
    )  # fmt: skip
    @click.option("--api-key", envvar="PREDICTOR_API_KEY", show_envvar=True, help="API key.")
    @functools.wraps(command)
    def run(*arguments: Any, url: str, api_key: str | None, **options: Any) -> None:
        command(*arguments, service=Address(url, api_key), **options)

    return run


@contextmanager
def connected(service: Address) -> Iterator["PredictorClient"]:
    """Context with a client of the service. Its errors end the command with one line and an exit code."""
    from predictor_client import PredictorClient

    with exit_codes(service), PredictorClient(service.url, api_key=service.api_key) as client:
        yield client


@contextmanager
def exit_codes(service: Address) -> Iterator[None]:
    """Context that ends the command with one line and an exit code on an error of the client."""
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
    """Print the problem to standard error, and exit."""
    click.echo(f"predictor: {problem}", err=True)
    sys.exit(code)
