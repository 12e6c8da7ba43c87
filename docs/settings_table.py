"""Prints the README's table of settings: `python docs/settings_table.py`. A test compares the two."""

import sys

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from entrypoints.settings import PREFIX, Settings

HEADER = ("| Variable | Default | Meaning |", "|---|---|---|")
# A default that is worked out when the process starts is told in words, at the end of the description.
_DEFAULT_IN_WORDS = "; default: "


def settings_table() -> list[str]:
    """The table in Markdown, line by line, one row a setting in the order of `Settings`."""
    return [*HEADER, *(_row(name, field) for name, field in Settings.model_fields.items())]


def _row(name: str, field: FieldInfo) -> str:
    default, meaning = default_and_meaning(field)
    return f"| `{PREFIX}{name.upper()}` | {default} | {meaning} |"


def default_and_meaning(field: FieldInfo) -> tuple[str, str]:
    """A setting's default and its description, as two cells of a table."""
    description = field.description or ""
    if field.default not in (None, "", PydanticUndefined):
        return f"`{field.default}`", description
    meaning, found, default = description.partition(_DEFAULT_IN_WORDS)
    if not found:
        raise ValueError(f"the description does not tell the default: {description}")
    return default.removesuffix("."), f"{meaning}."


if __name__ == "__main__":
    sys.stdout.write("\n".join(settings_table()) + "\n")
