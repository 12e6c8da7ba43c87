"""Validate fields with a pydantic schema; the messages never repeat the client's values."""

import re
from collections.abc import Mapping
from itertools import islice
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from adapters.http.requests.request_errors import FieldProblem, InvalidFields

_Shape = TypeVar("_Shape", bound=BaseModel)

# The name of an unknown field is the client's text as well: it is repeated only if it looks like a name.
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}")
# So that a body with a thousand invalid fields gets a short answer.
MAX_PROBLEMS = 10

_REASONS = {
    "missing": "is missing",
    "extra_forbidden": "is not known",
    "string_type": "is not a string",
    "string_unicode": "is not valid Unicode",
    "string_too_long": "has more than {max_length} characters",
    "list_type": "is not a list",
    "too_short": "is empty",
    "too_long": "has more than {max_length} entries",
    "literal_error": "names an event that does not exist",
    "enum": "is not {expected}",
    "greater_than_equal": "is not between {lowest} and {highest}",
    "less_than_equal": "is not between {lowest} and {highest}",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "int_parsing": "is not a whole number",
    "int_parsing_size": "is not between {lowest} and {highest}",
}


def validate(shape: type[_Shape], values: object, *, strict: bool) -> _Shape:
    """Validate `values` with the schema `shape`.

    Args:
        strict: refuse a value of the wrong type rather than convert it, such as a number from a string.

    Raises:
        InvalidFields: a field is missing, unknown or not valid.
    """
    unknown = _unknown_names(shape, values)
    if unknown:
        assert isinstance(values, Mapping)
        values = {name: values[name] for name in shape.model_fields if name in values}
    try:
        valid = shape.model_validate(values, strict=strict)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)[:MAX_PROBLEMS]
        unknown = [*(_problem(shape, detail) for detail in details), *unknown]
    else:
        if not unknown:
            return valid
    raise InvalidFields(unknown[:MAX_PROBLEMS])


def _unknown_names(shape: type[BaseModel], values: object) -> list[FieldProblem]:
    """The problems of names that `shape` does not have; pydantic takes 7 microseconds for each of 90,000."""
    if not isinstance(values, Mapping) or values.keys() <= shape.model_fields.keys():
        return []
    unknown = (str(name) for name in values if name not in shape.model_fields)
    return [_named(name, _REASONS["extra_forbidden"]) for name in islice(unknown, MAX_PROBLEMS)]


def _problem(shape: type[BaseModel], detail: ErrorDetails) -> FieldProblem:
    if not detail["loc"]:
        return FieldProblem("", "The request body is not a JSON object.")
    name = str(detail["loc"][0])
    facts = _bounds(shape, name) | detail.get("ctx", {})
    return _named(name, _REASONS.get(detail["type"], "is not valid").format(**facts))


def _named(name: str, reason: str) -> FieldProblem:
    field, subject = (name, f"field {name}") if _FIELD_NAME.fullmatch(name) else ("", "name of a field")
    return FieldProblem(field, f"The {subject} {reason}.")


def _bounds(shape: type[BaseModel], name: str) -> dict[str, object]:
    """Both bounds of a number; the error of pydantic has only the one that was exceeded."""
    given = shape.model_fields[name].metadata if name in shape.model_fields else []
    bounds = {key: getattr(limit, key) for limit in given for key in ("ge", "le") if hasattr(limit, key)}
    return {"lowest": bounds.get("ge"), "highest": bounds.get("le")}
