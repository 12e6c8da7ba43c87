"""`predictor get`, `list`, `cancel`, `retry` and `delete`."""

import sys
from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING
from uuid import UUID

import click

from predictor_cli.output import as_json, described, outcome, printable, reason, show_table
from predictor_cli.service import EXIT_CODES, FAILED, Address, at_service, connected

if TYPE_CHECKING:
    from predictor_client import PredictorClient

_STATUSES = click.Choice(["queued", "processing", "succeeded", "failed", "canceled"])
_UUIDS = click.argument("uuids", nargs=-1, required=True, type=click.UUID)


@click.command(epilog=EXIT_CODES)
@click.argument("uuid", type=click.UUID)
@click.option("--watch", is_flag=True, help="Show each change of state until the final one.")
@click.option("--json", "json_lines", is_flag=True, help="Print one JSON object per line.")
@at_service
def get(uuid: UUID, watch: bool, json_lines: bool, service: Address) -> None:
    """Show the prediction UUID."""
    with connected(service) as client:
        found = client.get(uuid) if not watch else None
        for event in client.stream(uuid) if watch else ():
            found = event.prediction
            click.echo(
                as_json(found) if json_lines else f"{found.status:<11} {printable(reason(found)) or outcome(found)}"
            )
        if not watch and found:
            click.echo(as_json(found) if json_lines else described(found))
    sys.exit(FAILED if found and reason(found) else 0)


@click.command("list", epilog=EXIT_CODES)
@click.option("--status", type=_STATUSES, help="Only predictions in this state.")
@click.option("--model", help="Only predictions of this model.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="Maximum number of predictions.")
@click.option("--json", "json_lines", is_flag=True, help="Print one JSON object per line.")
@at_service
def list_predictions(status: str | None, model: str | None, limit: int, json_lines: bool, service: Address) -> None:
    """List predictions, newest first.

    Outside a terminal, it prints one line for each prediction, with tabs between the columns.
    """
    with connected(service) as client:
        found = islice(client.list(status=status, model=model), limit)
        if not json_lines:
            return show_table(list(found))
        for prediction in found:
            click.echo(as_json(prediction))


@click.command(epilog=EXIT_CODES)
@_UUIDS
@at_service
def cancel(uuids: Sequence[UUID], service: Address) -> None:
    """Cancel queued or processing predictions."""
    _each(service, uuids, lambda client, uuid: client.cancel(uuid).status)


@click.command(epilog=EXIT_CODES)
@_UUIDS
@at_service
def retry(uuids: Sequence[UUID], service: Address) -> None:
    """Queue failed or canceled predictions again."""
    _each(service, uuids, lambda client, uuid: client.retry(uuid).status)


@click.command(epilog=EXIT_CODES)
@_UUIDS
@at_service
def delete(uuids: Sequence[UUID], service: Address) -> None:
    """Delete predictions and their pictures."""

    def remove(client: "PredictorClient", uuid: UUID) -> str:
        client.delete(uuid)
        return "deleted"

    _each(service, uuids, remove)


def _each(service: Address, uuids: Sequence[UUID], do: Callable[["PredictorClient", UUID], str]) -> None:
    """Process the predictions one after the other. One that is refused does not stop the others."""
    from predictor_client import AccessDenied, Refused

    code = 0
    with connected(service) as client:
        for uuid in uuids:
            try:
                click.echo(f"{uuid} {do(client, uuid)}")
            except AccessDenied:
                raise
            except Refused as refused:
                code = FAILED
                click.echo(f"{uuid}: {printable(str(refused))}", err=True)
    sys.exit(code)
