"""Writes the reference of the HTTP API from its OpenAPI document, which the code itself makes."""

import inspect
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from adapters.http.responses.problem_json import status_of
from domain.errors import PredictorError
from domain.prediction_state import EXPIRED
from entrypoints.container import Container
from entrypoints.serve import embedded_app
from entrypoints.settings import Settings

Document = dict[str, Any]


def api_document() -> Document:
    """The OpenAPI document of `predictor serve` with the default settings. Nothing is started for it."""
    with tempfile.TemporaryDirectory() as folder:
        container = Container(settings=Settings.model_construct(data_dir=Path(folder)))
        document = embedded_app(container).openapi()
        container.database().close()
    return document


def api_reference(document: Document) -> list[str]:
    """The page in Markdown, line by line: the requests, and then the shapes that they take and give."""
    lines = ["# HTTP API", "", document["info"]["description"].strip(), ""]
    lines += ["The service has this reference too, at `/docs`, and the document that it is made of at `/openapi.json`."]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            lines += _request(f"{method.upper()} {path}", operation)
    for name, operations in document.get("webhooks", {}).items():
        lines += _request(f"Webhook: {name}", operations["post"])
    lines += ["", "## Shapes"]
    for name, schema in sorted(document["components"]["schemas"].items()):
        lines += _shape(name, schema)
    return [*lines, *_errors()]


def _request(title: str, operation: Document) -> list[str]:
    lines = ["", f"## {title}", "", f"{operation['summary']}.", "", operation.get("description", ""), ""]
    if parameters := operation.get("parameters"):
        rows = ((f"`{p['name']}`", _place(p), _type(p["schema"]), p.get("description", "")) for p in parameters)
        lines += _table(("Parameter", "Where", "Type", "Meaning"), rows)
    if body := operation.get("requestBody"):
        lines += _table(("Body", "Shape"), _contents(body))
        lines += [body.get("description", ""), ""]
    answers = operation["responses"].items()
    rows_of_answers = ((status, given, answer["description"]) for status, answer in answers for given in _given(answer))
    return [*lines, *_table(("Answer", "Body", "Meaning"), rows_of_answers)]


def _errors() -> list[str]:
    """The codes of refusals, and of predictions that failed, from the tree of errors itself."""
    # A branch that shares its code with another comes before it in the tree: its message is the general one.
    kinds = {error.code: error for error in reversed([*_below(PredictorError)])}
    rows = {code: (f"`{code}`", str(status_of(kind).value), inspect.getdoc(kind) or "") for code, kind in kinds.items()}
    rows[EXPIRED.code] = (f"`{EXPIRED.code}`", "", EXPIRED.message)
    introduction = (
        "The `code` of a refusal, with its status, and of the `error` of a prediction that failed. They do not change."
    )
    return [
        "",
        "## Errors",
        "",
        introduction,
        "",
        *_table(("Code", "Status", "Meaning"), (rows[c] for c in sorted(rows))),
    ]


def _below(error: type[PredictorError]) -> Iterator[type[PredictorError]]:
    for kind in error.__subclasses__():
        yield kind
        yield from _below(kind)


def _place(parameter: Document) -> str:
    return f"{parameter['in']}, required" if parameter.get("required") else str(parameter["in"])


def _contents(content: Document) -> Iterator[tuple[str, str]]:
    for media_type, shape in content.get("content", {}).items():
        yield f"`{media_type}`", _type(shape.get("schema") or shape.get("itemSchema", {}))


def _given(answer: Document) -> list[str]:
    """Content of an answer, for one cell; picture types are merged."""
    types = [f"{media_type} {shape}" for media_type, shape in _contents(answer)]
    return [", ".join(types) if len(types) < 2 else "the picture"]


def _shape(name: str, schema: Document) -> list[str]:
    lines = ["", f"### {name}", "", schema.get("description", ""), ""]
    if values := schema.get("enum"):
        return [*lines, "One of " + ", ".join(f"`{value}`" for value in values) + "."]
    required = schema.get("required", ())
    rows = (
        (f"`{field}`", _type(about), "yes" if field in required else "", about.get("description", ""))
        for field, about in schema["properties"].items()
    )
    return [*lines, *_table(("Field", "Type", "Always there", "Meaning"), rows)]


def _type(schema: Document) -> str:
    """A schema in a few words, with links to the shapes that it names."""
    if reference := schema.get("$ref"):
        name = reference.rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if choices := schema.get("anyOf") or schema.get("allOf"):
        return " or ".join(_type(choice) for choice in choices)
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    return " ".join(filter(None, [schema.get("format") or schema.get("type", ""), *_bounds(schema)]))


def _bounds(schema: Document) -> Iterator[str]:
    if "minimum" in schema or "maximum" in schema:
        yield f"from {schema['minimum']}" if "minimum" in schema else ""
        yield f"to {schema['maximum']}" if "maximum" in schema else ""
    if "maxLength" in schema:
        yield f"of at most {schema['maxLength']} characters"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    cells = (" | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in row) for row in rows)
    return ["| " + " | ".join(head) + " |", "|---" * len(head) + "|", *(f"| {row} |" for row in cells), ""]
