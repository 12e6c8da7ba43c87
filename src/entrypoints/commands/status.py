"""`predictor status`."""

import json
import sys
from importlib.metadata import version
from itertools import islice

import click

from entrypoints.commands.service import EXIT_CODES, FAILED, Address, at_service, connected

# The interface has no counter: they are listed, a page of a hundred each time.
_MOST_COUNTED = 1000


@click.command(epilog=EXIT_CODES)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@at_service
def status(as_json: bool, service: Address) -> None:
    """Tell how the service is: its version, its parts, and how much waits and is in work."""
    with connected(service) as client:
        health = client.health()
        found = {
            "url": service.url,
            "version": client.version(),
            "client_version": version("ml-prediction-system"),
            "ready": health.is_ready,
            "checks": dict(health.checks),
        }
        if health.checks.get("database", "ok") == "ok":
            for state in ("queued", "processing"):
                found[state] = sum(1 for _ in islice(client.list(status=state), _MOST_COUNTED))
    if as_json:
        click.echo(json.dumps(found))
    else:
        _show(found, health.checks)
    sys.exit(0 if health.is_ready else FAILED)


def _show(found: dict[str, object], checks: object) -> None:
    assert isinstance(checks, dict)
    more = {state: found[state] for state in ("queued", "processing") if state in found}
    lines: dict[str, object] = {
        "service": f"{found['url']}, version {found['version']}",
        "client": f"version {found['client_version']}",
        "ready": "yes" if found["ready"] else "no",
        **checks,
        **{state: f"{count} or more" if count == _MOST_COUNTED else count for state, count in more.items()},
    }
    for name, text in lines.items():
        click.echo(f"{name:<12} {text}")
