"""Writes the reference of the settings from the class that reads them."""

from collections.abc import Iterator
from typing import Any

from pydantic.fields import FieldInfo

from docs.settings_table import default_and_meaning
from entrypoints.settings import PREFIX, Settings

_INTRODUCTION = """\
# Settings

Environment variables, or lines of a file `.env` in the working directory. The environment comes first. A wrong value
stops the start with a line that names its variable and does not repeat its value. All processes of one system get the
same settings.

| Variable | Default | Values | Meaning |
|---|---|---|---|
"""


def settings_reference() -> list[str]:
    """The page in Markdown, line by line, one row a setting in the order of `Settings`."""
    schema = Settings.model_json_schema()["properties"]
    rows = [_row(name, field, schema[name]) for name, field in Settings.model_fields.items()]
    return [*_INTRODUCTION.splitlines(), *rows]


def _row(name: str, field: FieldInfo, schema: dict[str, Any]) -> str:
    default, meaning = default_and_meaning(field)
    return f"| `{PREFIX}{name.upper()}` | {default} | {', '.join(_values(schema))} | {meaning} |"


def _values(schema: dict[str, Any]) -> Iterator[str]:
    """Accepted values, as far as the type tells; the rest is in the description."""
    (known, *_) = [choice for choice in schema.get("anyOf", [schema]) if choice.get("type") != "null"]
    if "enum" in known:
        yield from (f"`{value}`" for value in known["enum"])
        return
    yield {"integer": "whole number", "string": "text"}.get(known["type"], known["type"])
    if "minimum" in known or "exclusiveMinimum" in known:
        least = f"from {known['minimum']}" if "minimum" in known else f"above {known['exclusiveMinimum']}"
        yield f"{least} to {known['maximum']}"
