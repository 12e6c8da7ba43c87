"""Turns a request body into the command to submit a picture."""

import json
import re
from collections.abc import Mapping
from typing import TypeVar

import orjson
import pybase64
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from adapters.http.errors import FieldProblem, InvalidFields, MalformedBody, NotBase64
from adapters.http.schemas import Options, Submission
from application.submit_prediction import SubmitPredictionCommand
from domain.classification import Classification
from domain.expiry import ExpiresIn
from domain.webhook import WebhookEvent

_Shape = TypeVar("_Shape", bound=Options)

_DATA_URL = re.compile(r"data:image/[\w.+-]+;base64,", re.ASCII | re.IGNORECASE)
# The name of an unknown field is the client's text as well: only what looks like a name is repeated.
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}")
# More than anybody corrects at once; a body of a thousand wrong fields gets a short answer all the same.
_MAX_PROBLEMS = 10

_RANGES = {
    "top_k": (1, Classification.MAX_TOP_K),
    "expires_in": (ExpiresIn.MIN_SECONDS, ExpiresIn.MAX_SECONDS),
}
_OUT_OF_RANGE = "is not between {low} and {high}"
_REASONS = {
    "missing": "is missing",
    "extra_forbidden": "is not known",
    "string_type": "is not a string",
    "string_unicode": "is not valid Unicode",
    "string_too_long": "has more than {max_length} characters",
    "greater_than_equal": _OUT_OF_RANGE,
    "less_than_equal": _OUT_OF_RANGE,
    "list_type": "is not a list",
    "too_short": "is empty",
    "too_long": "has more than {max_length} entries",
    "literal_error": "names an event that does not exist",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "int_parsing": "is not a whole number",
    "int_parsing_size": _OUT_OF_RANGE,
}


def command_from_json(body: bytes) -> SubmitPredictionCommand:
    """The command in a JSON body.

    Raises:
        MalformedBody: it is not JSON.
        InvalidFields: a field is missing, unknown or not valid.
        NotBase64: `data` is not base64.
    """
    submission = _validate(Submission, _parse(body), strict=True)
    return _command(decode_base64(submission.data), submission)


def command_from_image(body: bytes, query: Mapping[str, str]) -> SubmitPredictionCommand:
    """The command in an image body and its query parameters.

    Raises:
        InvalidFields: a query parameter is unknown or not valid.
    """
    return _command(body, _validate(Options, query, strict=False))


def decode_base64(text: str) -> bytes:
    """The bytes behind `text`: padded standard base64, perhaps in lines, perhaps in a data URL.

    Raises:
        NotBase64: any other character, or wrong padding.
    """
    if prefix := _DATA_URL.match(text):
        text = text[prefix.end() :]
    try:
        return pybase64.b64decode(text, validate=True)
    except ValueError:
        return _decode_lines(text)


def _decode_lines(text: str) -> bytes:
    try:
        return pybase64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True)
    except ValueError:
        raise NotBase64 from None


def _command(image: bytes, options: Options) -> SubmitPredictionCommand:
    return SubmitPredictionCommand(
        image=image,
        name=options.name or "",
        model=options.model,
        top_k=options.top_k or Classification.DEFAULT_TOP_K,
        expires_in=ExpiresIn(options.expires_in) if options.expires_in is not None else None,
        webhook=options.webhook,
        webhook_events=_events(options),
    )


def _events(options: Options) -> tuple[WebhookEvent, ...] | None:
    asked = options.webhook_events
    return None if asked is None else tuple(event for event in WebhookEvent if event in asked)


def _parse(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _parse_leniently(body)


def _parse_leniently(body: bytes) -> object:
    """JSON with raw line breaks in its strings, as a shell makes it, or with a byte order mark."""
    try:
        return json.loads(body.decode("utf-8-sig"), strict=False)
    except (ValueError, RecursionError):  # not UTF-8, not JSON, or nested deeper than anybody needs
        raise MalformedBody from None


def _validate(shape: type[_Shape], values: object, *, strict: bool) -> _Shape:
    try:
        return shape.model_validate(values, strict=strict)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)[:_MAX_PROBLEMS]
    raise InvalidFields([_problem(detail) for detail in details])


def _problem(detail: ErrorDetails) -> FieldProblem:
    if not detail["loc"]:
        return FieldProblem("", "The request body is not a JSON object.")
    name = str(detail["loc"][0])
    field, subject = (name, f"field {name}") if _FIELD_NAME.fullmatch(name) else ("", "name of a field")
    low, high = _RANGES.get(name, (None, None))
    reason = _REASONS.get(detail["type"], "is not valid").format(low=low, high=high, **detail.get("ctx", {}))
    return FieldProblem(field, f"The {subject} {reason}.")
