"""`predictor submit`."""

import asyncio
import functools
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from predictor_cli.ledger import Ledger, NotALedger, Row
from predictor_cli.output import as_json, outcome, printable
from predictor_cli.progress import progress
from predictor_cli.selection import Picture, select
from predictor_cli.service import EXIT_CODES, FAILED, STOPPED, Address, at_service, exit_codes

if TYPE_CHECKING:
    from predictor_cli.bulk_submission import BulkSubmission, SubmissionOutcome

# Enough to fill the batches of an engine with some cores or a GPU, and few enough connections for any server.
_AT_ONCE = 32


def _about_pictures(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the options that say something about each picture, as its argument `options`."""

    @click.option("--name", help="Name for people [default: the file's].")
    @click.option("--model", help="The model [default: the service's].")
    @click.option("--top-k", type=click.IntRange(1, 20), help="How many labels.")
    @click.option("--priority", type=click.IntRange(0, 9), help="The higher the sooner.")
    @click.option("--expires-in", type=click.IntRange(1), help="Seconds after which it need not be run any more.")
    @functools.wraps(command)
    def run(**given: Any) -> None:
        names = ("name", "model", "top_k", "priority", "expires_in")
        options = {name: value for name in names if (value := given.pop(name)) is not None}
        command(options=options, **given)

    return run


@click.command(epilog=EXIT_CODES)
@click.argument("sources", nargs=-1, required=True, metavar="PATH|GLOB|DIR|-...")
@click.option("--wait", "waits", is_flag=True, help="Wait for the labels.")
@click.option("--json", "json_lines", is_flag=True, help="One JSON object a line.")
@click.option("--csv", "ledger", type=click.Path(path_type=Path, dir_okay=False), help="File for what came of each.")
@click.option("--concurrency", default=_AT_ONCE, show_default=True, type=click.IntRange(1, 1000), help="At once.")
@click.option("--run", default="", metavar="NAME", help="Submit anew what was submitted in a run of another name.")
@_about_pictures
@at_service
def submit(sources: Sequence[str], ledger: Path | None, json_lines: bool, service: Address, **how: Any) -> None:
    """Submit pictures to the service: files, patterns, folders with all below them, or - for the standard input.

    The same file with the same content and options is one prediction, however often you submit it. So after Ctrl-C,
    or whatever else went wrong, run the same command again: it submits nothing twice. With --csv it does not even
    send what has its label in that file. It waits some minutes for a service that is being restarted.
    """
    from predictor_cli.bulk_submission import BulkSubmission

    pictures = select(sources)
    if not pictures:
        raise click.UsageError("There are no pictures there.")
    rows = None if ledger is None else _ledger(ledger)
    known = rows.has_label if rows else lambda _file, _key: False
    report = _Report(json_lines, rows)
    with exit_codes(service):
        _run(BulkSubmission(has_label=known, **how), service, pictures, report)
    sys.exit(FAILED if report.counts["failed"] else 0)


@dataclass
class _Report:
    """Tells and counts what came of the pictures."""

    json_lines: bool
    ledger: Ledger | None
    counts: Counter[str] = field(default_factory=Counter)
    clear: Callable[[], None] = lambda: None

    def __call__(self, done: "SubmissionOutcome") -> None:
        self.counts[_kind(done)] += 1
        if done.is_known:
            return
        if self.ledger:
            self.ledger.record(_row(done))
        if self.json_lines:
            more = {"file": done.file}
            self._say(as_json(done.prediction, **more) if done.prediction else json.dumps(more | {"error": done.error}))
        elif done.error:
            self._say(f"{printable(done.file)}: {printable(done.error)}", err=True)
        elif done.prediction and not self.ledger:
            self._say(f"{printable(done.file)}: {outcome(done.prediction)}")

    def _say(self, line: str, *, err: bool = False) -> None:
        self.clear()
        click.echo(line, err=err)

    def summary(self, total: int) -> str:
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(self.counts.items()))
        return f"{self.counts.total()} of {total} pictures: {told or 'nothing yet'}."


def _run(submission: "BulkSubmission", service: Address, pictures: Sequence[Picture], report: _Report) -> None:
    with ExitStack() as stack:
        if report.ledger:
            stack.enter_context(report.ledger.open())
        try:
            with progress(len(pictures)) as bar:
                report.clear = bar.clear

                def tell(done: "SubmissionOutcome") -> None:
                    report(done)
                    bar.step()

                asyncio.run(_submit_all(submission, service, pictures, tell))
        except KeyboardInterrupt:
            click.echo(f"Stopped: {report.summary(len(pictures))} The same command goes on from here.", err=True)
            sys.exit(STOPPED)
        if len(pictures) > 1:
            click.echo(report.summary(len(pictures)), err=True)


async def _submit_all(
    submission: "BulkSubmission",
    service: Address,
    pictures: Sequence[Picture],
    report: Callable[["SubmissionOutcome"], None],
) -> None:
    from predictor_cli.bulk_submission import Persistent
    from predictor_client import AsyncPredictorClient

    async with AsyncPredictorClient(service.url, api_key=service.api_key, retry=Persistent()) as client:
        # Nobody wants to wait minutes for the answer to a mistyped address.
        await client.health()
        await submission.execute(client, pictures, report)


def _ledger(path: Path) -> Ledger:
    try:
        return Ledger(path)
    except NotALedger:
        raise click.UsageError(f"{path} is not a file that this command wrote; it stays as it is.") from None
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from None


def _kind(done: "SubmissionOutcome") -> str:
    if done.is_known:
        return "known"
    if done.error or done.prediction is None:
        return "failed"
    return "succeeded" if done.prediction.status == "succeeded" else "submitted"


def _row(done: "SubmissionOutcome") -> Row:
    found = done.prediction
    if found is None:
        return Row(file=done.file, error=done.error, key=done.key)
    return Row(
        file=done.file,
        uuid=str(found.uuid),
        status=found.status,
        prediction=found.prediction or "",
        score="" if found.score is None else str(found.score),
        error=done.error,
        key=done.key,
    )
