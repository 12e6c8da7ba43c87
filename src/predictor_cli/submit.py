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

from predictor_cli.output import as_json, outcome, printable
from predictor_cli.progress import progress
from predictor_cli.results_file import NotAResultsFile, ResultsFile, Row
from predictor_cli.selection import Picture, select
from predictor_cli.service import EXIT_CODES, FAILED, STOPPED, Address, at_service, exit_codes

if TYPE_CHECKING:
    from predictor_cli.bulk_submission import BulkSubmission, SubmissionOutcome

# Enough to fill the batches of an engine with several cores or a GPU, and few enough connections for any server.
_CONCURRENCY = 32


def _picture_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a picture to a command, which gets them as its argument `options`."""

    @click.option("--name", help="Display name [default: the file's name].")
    @click.option("--model", help="Name of the model [default: the service's].")
    @click.option("--top-k", type=click.IntRange(1, 20), help="Number of labels.")
    @click.option("--priority", type=click.IntRange(0, 9), help="Higher ones are classified first.")
    @click.option("--expires-in", type=click.IntRange(1), help="Seconds after which a queued picture fails.")
    @functools.wraps(command)
    def run(**given: Any) -> None:
        names = ("name", "model", "top_k", "priority", "expires_in")
        options = {name: value for name in names if (value := given.pop(name)) is not None}
        command(options=options, **given)

    return run


@click.command(epilog=EXIT_CODES)
@click.argument("sources", nargs=-1, required=True, metavar="PATH|GLOB|DIR|-...")
@click.option("--wait", "waits", is_flag=True, help="Wait for the labels.")
@click.option("--json", "json_lines", is_flag=True, help="Print one JSON object per line.")
@click.option("--csv", "results", type=click.Path(path_type=Path, dir_okay=False), help="File for the results.")
@click.option(
    "--concurrency", default=_CONCURRENCY, show_default=True, type=click.IntRange(1, 1000), help="Pictures at once."
)
@click.option("--run", default="", metavar="NAME", help="Name of the run; another one submits the same pictures again.")
@_picture_options
@at_service
def submit(sources: Sequence[str], results: Path | None, json_lines: bool, service: Address, **how: Any) -> None:
    """Submit pictures to the service.

    Sources are files, glob patterns, directories with everything below them, and - for the standard input.

    The same file with the same content and options is one prediction, however often you submit it. So after Ctrl-C or
    an error, run the same command again: it submits nothing twice. With --csv, pictures that have a label in that file
    are not sent again. The command waits up to five minutes for a service that is being restarted.
    """
    from predictor_cli.bulk_submission import BulkSubmission

    pictures = select(sources)
    if not pictures:
        raise click.UsageError("No pictures found.")
    rows = None if results is None else _open_results(results)
    known = rows.has_label if rows else lambda _file, _key: False
    report = _Report(json_lines, rows)
    with exit_codes(service):
        _run(BulkSubmission(has_label=known, **how), service, pictures, report)
    sys.exit(FAILED if report.counts["failed"] else 0)


@dataclass
class _Report:
    """Prints, records and counts the outcomes."""

    json_lines: bool
    results: ResultsFile | None
    counts: Counter[str] = field(default_factory=Counter)
    clear: Callable[[], None] = lambda: None

    def __call__(self, done: "SubmissionOutcome") -> None:
        self.counts[_kind(done)] += 1
        if done.is_known:
            return
        if self.results:
            self.results.record(_row(done))
        if self.json_lines:
            more = {"file": done.file}
            self._say(as_json(done.prediction, **more) if done.prediction else json.dumps(more | {"error": done.error}))
        elif done.error:
            self._say(f"{printable(done.file)}: {printable(done.error)}", err=True)
        elif done.prediction and not self.results:
            self._say(f"{printable(done.file)}: {outcome(done.prediction)}")

    def _say(self, line: str, *, err: bool = False) -> None:
        self.clear()
        click.echo(line, err=err)

    def summary(self, total: int) -> str:
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(self.counts.items()))
        return f"{self.counts.total()} of {total} pictures: {told or 'nothing yet'}."


def _run(submission: "BulkSubmission", service: Address, pictures: Sequence[Picture], report: _Report) -> None:
    with ExitStack() as stack:
        if report.results:
            stack.enter_context(report.results.open())
        try:
            with progress(len(pictures)) as bar:
                report.clear = bar.clear

                def tell(done: "SubmissionOutcome") -> None:
                    report(done)
                    bar.step()

                asyncio.run(_submit_all(submission, service, pictures, tell))
        except KeyboardInterrupt:
            click.echo(f"Stopped: {report.summary(len(pictures))} Run the same command again to continue.", err=True)
            sys.exit(STOPPED)
        if len(pictures) > 1:
            click.echo(report.summary(len(pictures)), err=True)


async def _submit_all(
    submission: "BulkSubmission",
    service: Address,
    pictures: Sequence[Picture],
    report: Callable[["SubmissionOutcome"], None],
) -> None:
    from predictor_cli.bulk_submission import BulkRetryPolicy
    from predictor_client import AsyncPredictorClient

    async with AsyncPredictorClient(service.url, api_key=service.api_key, retry=BulkRetryPolicy()) as client:
        # This request is never repeated, so that a mistyped URL fails at once.
        await client.health()
        await submission.execute(client, pictures, report)


def _open_results(path: Path) -> ResultsFile:
    try:
        return ResultsFile(path)
    except NotAResultsFile:
        raise click.UsageError(f"{path} was not written by this command, and is not changed.") from None
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
