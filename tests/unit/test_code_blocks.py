"""The code in the documentation is right, as far as it can be seen without running it."""

import ast
import json
import re
import shlex
from collections.abc import Iterator
from itertools import dropwhile, groupby
from pathlib import Path

import click

from docs.command_reference import commands
from entrypoints.cli import main

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

_BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
# Where examples leave something out.
_AND_SO_ON = re.compile(r",\s*\.\.\.(?=\s*[\]}])")
_ASSIGNMENT = re.compile(r"\w+=")
_COMMANDS = {path: command for command, path in commands()}


def blocks(language: str) -> dict[str, str]:
    """Every code block of the language in all documents, by its document and its line."""
    found = {
        f"{document.relative_to(ROOT)}:{text[: block.start()].count(chr(10)) + 1}": block[3]
        for document in DOCUMENTS
        for text in [document.read_text()]
        for block in _BLOCK.finditer(text)
        if block[2] == language
    }
    assert len(found) > 3
    return found


def calls(script: str) -> Iterator[list[str]]:
    """The words behind `predictor` wherever a script calls it."""
    for line in script.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        for is_operator, words in groupby(lexer, lambda word: set(word) <= set("();<>|&")):
            program, *rest = [*dropwhile(_ASSIGNMENT.match, words), ""]
            if not is_operator and program.rpartition("/")[2] == "predictor":
                yield rest[:-1]


def resolved(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the words name, also one in a group, and the words behind it."""
    path = words[0] if words else ""
    if not path or path.startswith("-"):
        return main, words
    while isinstance(_COMMANDS.get(path), click.Group):
        path = f"{path} {words[len(path.split())]}"
    return _COMMANDS[path], words[len(path.split()) :]


def unknown_options(words: list[str]) -> set[str]:
    """The options in a call of `predictor` that its command does not have."""
    command, rest = resolved(words)
    context = click.Context(command, click.Context(main, info_name="predictor"), words[0])
    known = {name for parameter in command.get_params(context) for name in (*parameter.opts, *parameter.secondary_opts)}
    return {word.partition("=")[0] for word in rest if word.startswith("-") and word != "-"} - known


def is_wrong_call(words: list[str]) -> bool:
    try:
        return bool(unknown_options(words))
    except LookupError:
        return True  # no such command


def test_commands_and_their_options_exist() -> None:
    called = [(place, words) for place, script in blocks("sh").items() for words in calls(script)]
    assert called
    assert [(place, words) for place, words in called if is_wrong_call(words)] == []


def is_json(block: str) -> bool:
    try:
        json.loads(_AND_SO_ON.sub("", block))
    except ValueError:
        return False
    return True


def test_json_is_json() -> None:
    assert [place for place, block in blocks("json").items() if not is_json(block)] == []


def is_python(block: str) -> bool:
    try:
        return bool(ast.parse(block).body)
    except SyntaxError:
        return False


def test_python_is_python() -> None:
    assert [place for place, block in blocks("python").items() if not is_python(block)] == []


def test_a_call_is_found_behind_variables_and_in_pipes() -> None:
    script = "A=b .venv/bin/predictor export x \\\n  -o y.onnx # z\nls | predictor serve\n"
    assert list(calls(script)) == [["export", "x", "-o", "y.onnx"], ["serve"]]
