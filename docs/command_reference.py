"""Writes the reference of the command line from the commands themselves."""

from collections.abc import Iterator

import click

from entrypoints.cli import main


def command_reference() -> list[str]:
    """The page in Markdown, line by line: what `--help` prints of every command."""
    lines = ["# Command line", "", "What `predictor COMMAND --help` prints. Errors go to standard error."]
    for command, path in commands():
        if not isinstance(command, click.Group):
            lines += ["", f"## predictor {path}", "", "```text", _help(command, path), "```"]
    return lines


def commands(group: click.Group = main, prefix: str = "") -> Iterator[tuple[click.Command, str]]:
    """Every command, also of groups in groups, and what follows `predictor` to call it."""
    for name, command in sorted(group.commands.items()):
        yield command, f"{prefix}{name}"
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix}{name} ")


def _help(command: click.Command, path: str) -> str:
    # The width of a terminal that everybody has, whatever the one is that this is built in.
    above = click.Context(main, info_name="predictor", terminal_width=88, max_content_width=88, **main.context_settings)
    return command.get_help(click.Context(command, above, path))
