"""`predictor keys`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from domain.access.api_key import ApiKey
from domain.access.caller import CallerLimits, Scope
from domain.access.key_token import KeyToken
from domain.access.owner import DEFAULT_OWNER, Owner
from domain.priority import Priority
from entrypoints.commands.failures import load_settings, one_line_errors

if TYPE_CHECKING:
    from entrypoints.container import Container

_HEADINGS = ("ID", "OWNER", "SCOPES", "CREATED", "LAST USED", "STATE", "NAME")
_COUNT = click.IntRange(1, 2_000_000_000)


@click.group()
def keys() -> None:
    """Make, list, revoke and exchange API keys.

    A key stands for an owner, who sees only the predictions that were submitted with one of the owner's keys. The
    commands work on the database of the settings; the service need not run.
    """


@keys.command()
@click.option("--owner", default=DEFAULT_OWNER.name, show_default=True, help="Whose predictions it sees and submits.")
@click.option("--name", default="", help="A name for people, such as that of a program.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    default=(Scope.SUBMIT.value, Scope.READ.value),
    show_default=True,
    help="Requests that it allows; may be repeated.",
)
@click.option("--days", type=click.FloatRange(0, 36_500, min_open=True), help="Days until it expires [default: never].")
@click.option("--rate", type=_COUNT, help="Pictures of the owner a minute [default: setting].")
@click.option("--burst", type=_COUNT, help="Pictures of the owner at once [default: setting].")
@click.option("--max-queued", type=_COUNT, help="Pictures of the owner that wait [default: setting].")
@click.option(
    "--max-priority",
    type=click.IntRange(0, Priority.MAX_LEVEL),
    help=f"Highest priority of a picture [default: {Priority.MAX_LEVEL}].",
)
def create(owner: str, name: str, scopes: tuple[str, ...], days: float | None, **limits: int | None) -> None:
    """Create a key and print it, once."""
    from application.access.create_api_key import CreateApiKeyCommand

    with _container() as container:
        highest = limits["max_priority"]
        command = CreateApiKeyCommand(
            owner=Owner(owner),
            name=name,
            scopes=frozenset(Scope(scope) for scope in scopes),
            lifetime=None if days is None else timedelta(days=days),
            limits=CallerLimits(
                limits["rate"], limits["burst"], limits["max_queued"], None if highest is None else Priority(highest)
            ),
        )
        _print_token(*container.access().create.execute(command))


@keys.command(name="list")
@click.option("--owner", help="Only the keys of this owner.")
def list_keys(owner: str | None) -> None:
    """List the keys, without their secrets."""
    with _container() as container:
        now = container.clock().now()
        found = container.access().list.execute(None if owner is None else Owner(owner))
    lines = [_HEADINGS, *(_line(key, now) for key in found)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


@keys.command()
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> None:
    """Revoke a key; within ten seconds it is refused everywhere."""
    with _container() as container:
        key = container.access().revoke.execute(key_id)
    click.echo(f"The key {key.id} of {key.owner} is revoked.")


@keys.command()
@click.argument("key_id", metavar="ID")
@click.option(
    "--overlap-hours",
    default=24.0,
    show_default=True,
    type=click.FloatRange(0, 8760),
    help="Hours for which the old key stays valid.",
)
def rotate(key_id: str, overlap_hours: float) -> None:
    """Exchange a key for a new one of the same owner, and print it, once."""
    with _container() as container:
        _print_token(*container.access().rotate.execute(key_id, timedelta(hours=overlap_hours)))


@contextmanager
def _container() -> Iterator["Container"]:
    """The use cases over the database of the settings."""
    from entrypoints.container import Container
    from entrypoints.upkeep import close_databases

    settings = load_settings()
    with one_line_errors():
        container = Container(settings=settings)
        container.access()  # makes the file where there is none, for the clock too
        try:
            yield container
        finally:
            close_databases(container)


def _print_token(key: ApiKey, token: KeyToken) -> None:
    click.echo(f"The key {key.id} of {key.owner}, which is shown this once:", err=True)
    click.echo(token.text)


def _line(key: ApiKey, now: datetime) -> tuple[str, ...]:
    scopes = ",".join(scope for scope in Scope if scope in key.scopes)
    last_used = _day(key.last_used_at) if key.last_used_at else "-"
    return key.id, str(key.owner), scopes, _day(key.created_at), last_used, _state(key, now), key.name


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at:
        return f"revoked {_day(key.revoked_at)}"
    if key.expires_at is None:
        return "valid"
    return f"{'expires' if key.is_active_at(now) else 'expired'} {_day(key.expires_at)}"


def _day(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M")
