"""`predictor serve`, `predictor api` and `predictor worker`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from entrypoints.commands.failures import load_settings, one_line_errors

if TYPE_CHECKING:
    from entrypoints.settings import Settings


@click.command()
def serve() -> None:
    """Run API and prediction engine in one process.

    All data is in PREDICTOR_DATA_DIR.
    """
    with _process() as settings:
        from entrypoints import serve as embedded

        settings.check_for_embedded()
        embedded.serve(settings, _announce)


@click.command()
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Number of API processes.")
def api(workers: int) -> None:
    """Run the HTTP API beside MySQL, RabbitMQ and workers."""
    with _process() as settings:
        from entrypoints.api import serve_api

        serve_api(settings, workers, _announce)


@click.command()
@click.option("--concurrency", type=click.IntRange(1, 256), help="Batches processed at once [default: setting].")
@click.option("--batch-size", type=click.IntRange(1, 1024), help="Maximum pictures in a batch [default: setting].")
def worker(concurrency: int | None, batch_size: int | None) -> None:
    """Run a prediction engine that takes jobs from RabbitMQ.

    When stopped, it finishes the jobs that it has begun.
    """
    given = {"concurrency": concurrency, "batch_size": batch_size}
    with _process() as settings:
        from entrypoints.worker import work

        work(settings.model_copy(update={name: value for name, value in given.items() if value is not None}))


@contextmanager
def _process() -> Iterator["Settings"]:
    """Settings of a process that logs and whose errors are told in one line."""
    from adapters.observability.logs import configure_logging
    from entrypoints.http_server import CannotServe
    from entrypoints.settings import InvalidSettings

    settings = load_settings()
    configure_logging(settings.log_level)
    with one_line_errors(CannotServe, InvalidSettings):
        yield settings


def _announce(url: str) -> None:
    click.echo(f"Serving on {url} - documentation on {url}/docs")
