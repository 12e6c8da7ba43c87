"""Connection of a command to the service, and exit codes."""

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from predictor_client import PredictorClient, Refused

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
    """URL of the service, and API key; None for the one in the environment."""

    url: str
    api_key: str | None = field(default=None, repr=False)


def at_service(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options `--url` and `--api-key-file` to a command, which gets them as its argument `service`.

    A key is no option itself: everybody on a machine sees the command lines of all processes.
    """

    @click.option(
        "--url", default="http://127.0.0.1:5000", show_default=True, envvar="PREDICTOR_URL", show_envvar=True,
        help="URL of the service.",
    )  # fmt: skip
    @click.option(
        "--api-key-file", envvar="PREDICTOR_API_KEY_FILE", show_envvar=True,
        type=click.Path(path_type=Path, dir_okay=False),
        help="File with the API key [default: the key in PREDICTOR_API_KEY].",
    )  # fmt: skip
    @functools.wraps(command)
    def run(*arguments: Any, url: str, api_key_file: Path | None, **options: Any) -> None:
        key = None if api_key_file is None else _key_in(api_key_file)
        command(*arguments, service=Address(url, key), **options)

    return run


def _key_in(file: Path) -> str:
    try:
        key = file.read_text().strip()
    except OSError as error:
        raise click.UsageError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        key = ""
    if not key:
        raise click.UsageError(f"{file} has no API key in it.")
    return key


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

    from predictor_client import MalformedApiKey, PredictorClientError, Refused, Unreachable

    try:
        yield
    except httpx.InvalidURL:
        raise click.UsageError("--url is not a URL such as http://127.0.0.1:5000.") from None
    except Unreachable as error:
        exit_with(f"The service at {service.url} cannot be reached: {error}", UNREACHABLE)
    except MalformedApiKey as error:
        raise click.UsageError(str(error)) from None
    except Refused as refused:
        exit_with(f"{refused}{_advice(refused)}", FAILED)
    except PredictorClientError as error:
        exit_with(str(error), FAILED)
    except KeyboardInterrupt:
        exit_with("Stopped.", STOPPED)


def _advice(refused: "Refused") -> str:
    """A sentence about what to do, with a space before it; empty where there is nothing to add."""
    from predictor_client import PermissionDenied, Unauthenticated

    if refused.code == "api_key_missing":
        return " Put your key into PREDICTOR_API_KEY, or into a file for --api-key-file."
    if isinstance(refused, Unauthenticated):
        return " Ask whoever runs the service for another one."
    if isinstance(refused, PermissionDenied) and refused.code == "insufficient_scope":
        return " Ask whoever runs the service for a key with more scopes."
    if refused.retry_after:
        return f" Try again in {refused.retry_after:.0f} s."
    return ""


def exit_with(problem: str, code: int) -> NoReturn:
    """Print the problem to standard error, and exit."""
    click.echo(f"predictor: {problem}", err=True)
    sys.exit(code)
