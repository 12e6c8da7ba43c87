"""Parse a request body with several pictures into commands."""

from collections.abc import Iterator, Sequence

from adapters.http.requests.json_text import parse_json
from adapters.http.requests.request_errors import EntryProblem, FieldProblem, InvalidEntries, InvalidFields
from adapters.http.requests.submit_body import command_from_object
from adapters.http.requests.validation import MAX_PROBLEMS, validate
from adapters.http.schemas.collections import Entries
from application.accept.command import SubmitPredictionCommand
from application.accept.submit_predictions import SubmitPredictions
from domain.access.caller import Caller
from domain.errors import InvalidField, InvalidInput


def commands_from_json(body: bytes, caller: Caller) -> list[SubmitPredictionCommand]:
    """Parse a JSON body into commands, in the order of the body.

    Raises:
        MalformedBody: it is not JSON.
        TooManyValues: it has more values than so many pictures need.
        InvalidFields: it has no pictures or more than `SubmitPredictions.MAX_PICTURES`.
        InvalidEntries: a field of a picture is missing, unknown or not valid.
    """
    commands: list[SubmitPredictionCommand] = []
    refused: list[tuple[int, InvalidInput]] = []
    values = parse_json(body, SubmitPredictions.MAX_PICTURES)
    for index, entry in enumerate(validate(Entries, values, strict=True).images):
        try:
            commands.append(_command(entry, caller))
        except InvalidInput as reason:
            refused.append((index, reason))
    if refused:
        raise invalid_entries(refused)
    return commands


def _command(entry: object, caller: Caller) -> SubmitPredictionCommand:
    if not isinstance(entry, dict):
        raise InvalidFields([FieldProblem("", "The entry is not a JSON object.")])
    return command_from_object(entry, caller)


def invalid_entries(reasons: Sequence[tuple[int, InvalidInput]]) -> InvalidEntries:
    """Build the error of a refused batch: index, field and reason for each invalid picture."""
    problems = [problem for index, reason in reasons for problem in _problems(index, reason)]
    return InvalidEntries(problems[:MAX_PROBLEMS])


def _problems(index: int, reason: InvalidInput) -> Iterator[EntryProblem]:
    entry = f"images[{index}]"
    for problem in _fields(reason):
        yield EntryProblem(f"{entry}.{problem.field}" if problem.field else entry, problem.message, reason.code)


def _fields(reason: InvalidInput) -> Sequence[FieldProblem]:
    if isinstance(reason, InvalidFields):
        return reason.problems
    return [FieldProblem(reason.field if isinstance(reason, InvalidField) else "", reason.message)]
