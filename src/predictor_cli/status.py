"""`predictor status`."""

import json
import sys
from importlib.metadata import version
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from predictor_cli.service import EXIT_CODES, FAILED, Address, at_service, connected

if TYPE_CHECKING:
    from predictor_client import Health, PredictorClient

# The HTTP interface has no counter by state, so the predictions are listed, a hundred per request.
_MAX_COUNTED = 1000


@click.command(epilog=EXIT_CODES)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@at_service
def status(as_json: bool, service: Address) -> None:
    """Show version, health, workers and queue of the service.

    `waiting` counts the pictures that no worker has taken yet; `queued` counts also those that a worker has taken but
    not begun. Counts from a part that is unavailable are left out.
    """
    with connected(service) as client:
        health = client.health()
        head = {
            "url": service.url,
            "version": client.version(),
            "client_version": version("ml-prediction-system"),
            "ready": health.is_ready,
        }
        work = _work(client, _unavailable(health))
    if as_json:
        click.echo(json.dumps({**head, "checks": dict(health.checks), **work}))
    else:
        for name, text in {**_head_lines(head), **health.checks, **_work_lines(work)}.items():
            click.echo(f"{name:<12} {text}")
    sys.exit(0 if health.is_ready else FAILED)


def _unavailable(health: "Health") -> set[str]:
    """Parts that are not available. A key without the scope `admin` is not told which: then all that are asked here."""
    if not health.is_ready and not health.checks:
        return {"queue", "database"}
    return {name for name, state in health.checks.items() if state != "ok"}


def _work(client: "PredictorClient", unavailable: set[str]) -> dict[str, int]:
    """Numbers of workers, waiting pictures, and unfinished predictions by state."""
    found: dict[str, int] = {}
    if not {"queue", "database"} & unavailable:
        queue = client.queue()
        found |= {"workers": queue.workers, "waiting": queue.waiting}
    if "database" not in unavailable:
        for state in ("queued", "processing"):
            found[state] = sum(1 for _ in islice(client.list(status=state), _MAX_COUNTED))
    return found


def _head_lines(head: dict[str, Any]) -> dict[str, str]:
    return {
        "service": f"{head['url']}, version {head['version']}",
        "client": f"version {head['client_version']}",
        "ready": "yes" if head["ready"] else "no",
    }


def _work_lines(work: dict[str, int]) -> dict[str, str]:
    lines = {name: str(count) for name, count in work.items()}
    for state in ("queued", "processing"):
        if work.get(state) == _MAX_COUNTED:
            lines[state] = f"{_MAX_COUNTED} or more"
    if work.get("workers") == 0:
        lines["workers"] = "0, so nothing is classified"
    return lines
