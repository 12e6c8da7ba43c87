"""`predictor status`."""

import json
import sys
from importlib.metadata import version
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from predictor_cli.service import EXIT_CODES, FAILED, Address, at_service, connected

if TYPE_CHECKING:
    from predictor_client import PredictorClient

# The interface has no counter by state: they are listed, a page of a hundred each time.
_MOST_COUNTED = 1000


@click.command(epilog=EXIT_CODES)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@at_service
def status(as_json: bool, service: Address) -> None:
    """Tell how the service is: its version, its parts, its workers, and how much waits and is in work.

    `waiting` are the pictures that no worker has taken yet; `queued` are these and those that a worker has taken
    ahead of its work. Both are left out while the part that knows is away.
    """
    with connected(service) as client:
        health = client.health()
        head = {
            "url": service.url,
            "version": client.version(),
            "client_version": version("ml-prediction-system"),
            "ready": health.is_ready,
        }
        work = _work(client, {name for name, state in health.checks.items() if state != "ok"})
    if as_json:
        click.echo(json.dumps({**head, "checks": dict(health.checks), **work}))
    else:
        _show({**_told(head), **health.checks, **_told_work(work)})
    sys.exit(0 if health.is_ready else FAILED)


def _work(client: "PredictorClient", away: set[str]) -> dict[str, int]:
    """What there is to do, and who does it."""
    found: dict[str, int] = {}
    if not {"queue", "database"} & away:
        queue = client.queue()
        found |= {"workers": queue.workers, "waiting": queue.waiting}
    if "database" not in away:
        for state in ("queued", "processing"):
            found[state] = sum(1 for _ in islice(client.list(status=state), _MOST_COUNTED))
    return found


def _told(head: dict[str, Any]) -> dict[str, str]:
    return {
        "service": f"{head['url']}, version {head['version']}",
        "client": f"version {head['client_version']}",
        "ready": "yes" if head["ready"] else "no",
    }


def _told_work(work: dict[str, int]) -> dict[str, str]:
    told = {name: str(count) for name, count in work.items()}
    for state in ("queued", "processing"):
        if work.get(state) == _MOST_COUNTED:
            told[state] = f"{_MOST_COUNTED} or more"
    if work.get("workers") == 0:
        told["workers"] = "0, so that everything waits"
    return told


def _show(lines: dict[str, str]) -> None:
    for name, text in lines.items():
        click.echo(f"{name:<12} {text}")
