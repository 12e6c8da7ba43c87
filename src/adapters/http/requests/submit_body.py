"""Parse a request body with one picture into a command."""

import re
from collections.abc import Mapping

import pybase64

from adapters.http.requests.json_text import parse_json
from adapters.http.requests.request_errors import NotBase64
from adapters.http.requests.validation import validate
from adapters.http.schemas.prediction import Options, Submission
from application.accept.command import SubmitPredictionCommand
from domain.access.caller import Caller
from domain.classification import Classification
from domain.expiry import ExpiresIn
from domain.priority import ORDINARY, Priority
from domain.webhooks.webhook import WebhookEvent

_DATA_URL = re.compile(r"data:image/[\w.+-]+;base64,", re.ASCII | re.IGNORECASE)


def command_from_json(body: bytes, caller: Caller) -> SubmitPredictionCommand:
    """Parse a JSON body into a command.

    Raises:
        MalformedBody: it is not JSON.
        TooManyValues: it has more values than a picture needs.
        InvalidFields: a field is missing, unknown or not valid.
        NotBase64: `data` is not base64.
    """
    return command_from_object(parse_json(body), caller)


def command_from_object(values: object, caller: Caller) -> SubmitPredictionCommand:
    """Turn a parsed JSON object into a command.

    Raises:
        InvalidFields: a field is missing, unknown or not valid.
        NotBase64: `data` is not base64.
    """
    submission = validate(Submission, values, strict=True)
    return _command(decode_base64(submission.data), submission, caller)


def command_from_image(body: bytes, query: Mapping[str, str], caller: Caller) -> SubmitPredictionCommand:
    """Turn an image body and its query parameters into a command.

    Raises:
        InvalidFields: a query parameter is unknown or not valid.
    """
    return _command(body, validate(Options, query, strict=False), caller)


def decode_base64(text: str) -> bytes:
    """Decode padded standard base64, with or without line breaks and the prefix of a data URL.

    Raises:
        NotBase64: any other character, or wrong padding.
    """
    if prefix := _DATA_URL.match(text):
        text = text[prefix.end() :]
    if not text.isascii():  # one such character makes each take four bytes
        raise NotBase64
    try:
        return pybase64.b64decode(text, validate=True)
    except ValueError:
        return _decode_lines(text)


def _decode_lines(text: str) -> bytes:
    try:
        return pybase64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True)
    except ValueError:
        raise NotBase64 from None


def _command(image: bytes, options: Options, caller: Caller) -> SubmitPredictionCommand:
    return SubmitPredictionCommand(
        image=image,
        caller=caller,
        name=options.name or "",
        model=options.model,
        top_k=options.top_k or Classification.DEFAULT_TOP_K,
        priority=Priority(options.priority) if options.priority is not None else ORDINARY,
        expires_in=ExpiresIn(options.expires_in) if options.expires_in is not None else None,
        webhook=options.webhook,
        webhook_events=_events(options),
    )


def _events(options: Options) -> tuple[WebhookEvent, ...] | None:
    asked = options.webhook_events
    return None if asked is None else tuple(event for event in WebhookEvent if event in asked)
