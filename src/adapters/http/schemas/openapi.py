"""Parts of the OpenAPI document that FastAPI cannot derive from the endpoints."""

import inspect
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from adapters.http.schemas.collections import Batch
from adapters.http.schemas.prediction import Options, Submission
from adapters.http.schemas.problem import PROBLEM_MEDIA_TYPE, Problem
from domain.idempotency import IdempotencyKey

# What any request can be answered.
_EVERYWHERE = {
    401: "The service needs an API key, and the request has none that is valid.",
    403: "The API key lacks the scope of this request.",
    408: "The request did not arrive in time.",
    431: "The address and the headers are too large.",
    503: "A part of the service is not available, or it has too much to do; `Retry-After` gives the seconds to wait.",
}
_REFERENCE = "#/components/schemas/{model}"
PREFER = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": "`wait=SECONDS` delays the answer until the prediction is final or the time is over (RFC 7240).",
    "schema": {"type": "string"},
    "example": "wait=10",
}
_IMAGE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp")


# Both name the same keys.
_SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, `mlp_...`."},
    "api_key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key, `mlp_...`."},
}
_KEYS: list[dict[str, list[str]]] = [{name: []} for name in _SECURITY_SCHEMES]


# An endpoint that needs no key, for ``openapi_extra=``.
OPEN: dict[str, Any] = {"security": []}


def _header(name: str, meaning: str, kind: str) -> dict[str, Any]:
    return {"headers": {name: {"description": meaning, "schema": {"type": kind}}}}


_WAIT = _header("Retry-After", "Seconds to wait.", "integer")
# Reasons for 429, for ``problems``.
WAIT = {429: "The rate or the share of this owner is used up for now; `Retry-After` gives the seconds to wait."}
_HEADERS = {
    401: _header("WWW-Authenticate", "The scheme of the keys, Bearer.", "string"),
    403: _header("WWW-Authenticate", "The scheme of the keys, Bearer.", "string"),
    429: _WAIT,
    503: _WAIT,
}


class DocumentedAPI(FastAPI):
    """A FastAPI application that adds to its OpenAPI document what FastAPI cannot derive from the endpoints.

    Args:
        needs_keys: True if requests need an API key; otherwise the document tells that they may do without.
        settings: of FastAPI.
    """

    def __init__(self, *, needs_keys: bool, **settings: Any) -> None:
        super().__init__(**settings)
        self._security = _KEYS if needs_keys else [{}, *_KEYS]

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        document["components"]["schemas"].update(_schemas(Problem, Submission, Batch))
        document["components"]["securitySchemes"] = _SECURITY_SCHEMES
        document["security"] = self._security
        return document


def described_by(use_case: type) -> dict[str, Any]:
    """Summary and description of an endpoint: the first line of the use case's docstring, and its business rules."""
    first, _, rules = (inspect.getdoc(use_case) or "").partition("\n")
    return {"summary": first.rstrip("."), "description": rules.strip()}


def problems(reasons: dict[int, str]) -> dict[int | str, dict[str, Any]]:
    """Document the errors of an endpoint, for ``responses=``: status and meaning; those of any request are added."""
    every = {**_EVERYWHERE, **reasons}
    refusals: dict[int | str, dict[str, Any]] = {
        status: {**_problem(every[status]), **_HEADERS.get(status, {})} for status in sorted(every)
    }
    return {**refusals, "default": _problem("Any other error.")}


def event_stream(data: type[BaseModel]) -> dict[str, Any]:
    """Document a response of server-sent events with `data` as JSON.

    The schema of one event is `itemSchema` of OpenAPI 3.2, which readers of 3.1 ignore.
    """
    field: dict[str, Any] = {"type": "string"}
    properties = {
        "event": field,
        "id": field,
        "data": {**field, "contentMediaType": "application/json", "contentSchema": reference(data)},
    }
    return {"text/event-stream": {"itemSchema": {"type": "object", "properties": properties, "required": ["data"]}}}


def submission_body(*headers: dict[str, Any]) -> dict[str, Any]:
    """Document body, headers and query parameters of a submission, which the endpoint reads itself."""
    image: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
    body = {
        "description": "The picture in JSON, with any Content-Type; or, with an `image/*` "
        "Content-Type, the image file itself with the rest as query parameters.",
        "required": True,
        "content": {"application/json": {"schema": reference(Submission)}, **dict.fromkeys(_IMAGE_TYPES, image)},
    }
    parameters = [_idempotency_header(), *headers, *query_parameters(Options, "With an image body.")]
    return {"requestBody": body, "parameters": parameters}


def _idempotency_header() -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": IdempotencyKey.MAX_LENGTH, "pattern": "^[ -~]+$"}
    meaning = "A key that the client chooses for this submission. Sent again, it gives the same prediction."
    return {"name": IdempotencyKey.HEADER, "in": "header", "required": False, "schema": schema, "description": meaning}


def batch_body() -> dict[str, Any]:
    """Document the body of a submission of several pictures, which the endpoint reads itself."""
    body = {
        "description": "The pictures in JSON, with any Content-Type.",
        "required": True,
        "content": {"application/json": {"schema": reference(Batch)}},
    }
    return {"requestBody": body}


def image_content(description: str) -> dict[str, Any]:
    """Document a response with a picture as its body."""
    image = {"schema": {"type": "string", "format": "binary"}}
    return {"description": description, "content": dict.fromkeys(_IMAGE_TYPES, image)}


def query_parameters(shape: type[BaseModel], description: str | None = None) -> list[dict[str, Any]]:
    """Document the fields of `shape` as optional query parameters, all with this description or each with its own."""
    fields: dict[str, dict[str, Any]] = shape.model_json_schema(ref_template=_REFERENCE)["properties"]
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "explode": False,  # several values are separated by commas
            "schema": _without_null(schema),
            "description": description or schema["description"],
        }
        for name, schema in fields.items()
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Remove null from a schema: a query parameter can be missing, but not null."""
    given = [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default", "title", "description")}
    default = {"default": schema["default"]} if schema.get("default") is not None else {}
    return rest | default | (given[0] if given else {})


def _problem(reason: str) -> dict[str, Any]:
    return {"description": reason, "content": {PROBLEM_MEDIA_TYPE: {"schema": reference(Problem)}}}


def reference(model: type[BaseModel]) -> dict[str, str]:
    """Reference to the schema of `model` in the document."""
    return {"$ref": _REFERENCE.format(model=model.__name__)}


def _schemas(*models: type[BaseModel]) -> dict[str, Any]:
    _, schema = models_json_schema([(model, "validation") for model in models], ref_template=_REFERENCE)
    definitions: dict[str, Any] = schema["$defs"]
    return definitions
