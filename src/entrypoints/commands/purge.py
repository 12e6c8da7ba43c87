"""`predictor purge`."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import click

from entrypoints.commands.failures import load_settings, one_line_errors
from predictor_cli.service import FAILED, exit_with

if TYPE_CHECKING:
    from entrypoints.container import Container
    from entrypoints.settings import Settings

# A longer time is for ever, as in the settings.
_MAX_DAYS = 36_500


def _check_days(_context: click.Context, _parameter: click.Parameter, days: float | None) -> float | None:
    if days is not None and not 0 < days <= _MAX_DAYS:  # not a range of click, which lets "nan" pass
        raise click.BadParameter(f"it is not above 0 and up to {_MAX_DAYS}")
    return days


@click.command()
@click.option("--dry-run", is_flag=True, help="Count what would be deleted, and change nothing.")
@click.option(
    "--older-than",
    type=float,
    callback=_check_days,
    metavar="DAYS",
    help="Delete final predictions that became final so long ago [default: PREDICTOR_KEEP_PREDICTIONS].",
)
@click.option("--yes", is_flag=True, help="Delete without asking.")
def purge(dry_run: bool, older_than: float | None, yes: bool) -> None:
    """Delete old predictions and pictures, and pictures without a prediction.

    Old is what PREDICTOR_KEEP_PREDICTIONS and PREDICTOR_KEEP_IMAGES say. Pictures without a prediction are deleted when
    they are an hour old, so be sure that the database is complete, and that no other system has its pictures here. Run
    again after an interruption, it goes on where it was. With SQLite, `predictor serve` must not run meanwhile.
    """
    from adapters.observability.logs import configure_logging
    from entrypoints.container import Container

    settings = load_settings()
    configure_logging(settings.log_level)
    if older_than is not None:
        settings = settings.model_copy(update={"keep_predictions": older_than})
    with one_line_errors(), _alone(settings, dry_run):
        container = Container(settings=settings)
        container.schema_health().check()
        if dry_run or not yes:
            _count(container)
        if dry_run:
            click.echo("Nothing was changed.")
            return
        if not yes:
            click.confirm("Delete all this?", abort=True)
        _delete(container)


@contextmanager
def _alone(settings: "Settings", dry_run: bool) -> Iterator[None]:
    """Context without `predictor serve` on a SQLite database, of which only one process may be the writer."""
    from pathlib import Path

    from sqlalchemy import make_url

    from entrypoints.http_server import CannotServe
    from entrypoints.serve import only_one

    url = make_url(settings.database)
    is_sqlite = url.get_backend_name() == "sqlite"
    if is_sqlite and not Path(url.database or "").exists():
        exit_with(f"there is no database at {url.database}", FAILED)
    if dry_run or not is_sqlite:
        yield
        return
    with ExitStack() as until_done:
        try:
            until_done.enter_context(only_one(settings.data_dir))
        except CannotServe:
            exit_with("predictor serve runs, and deletes by its settings; stop it first, or use --dry-run", FAILED)
        yield


def _count(container: "Container") -> None:
    predictions, images = container.retention().count_due.execute()
    orphans = container.retention().sweep.count()
    _show("old predictions", predictions.predictions)
    _show("  their pictures", predictions.images, predictions.size)
    _show("old pictures", images.images, images.size)
    _show("pictures without a prediction", orphans.images, orphans.size)


def _delete(container: "Container") -> None:
    purge = container.retention().purge
    _show("old predictions deleted", purge.purge_predictions())
    _show("old pictures deleted", purge.purge_images())
    orphans = container.retention().sweep.execute()
    _show("pictures without a prediction deleted", orphans.images, orphans.size)


def _show(what: str, number: int, size: int | None = None) -> None:
    bytes_of_them = "" if size is None else f"  {size / 2**20:,.1f} MB"
    click.echo(f"{what:<38}{number:>10,}{bytes_of_them}")
