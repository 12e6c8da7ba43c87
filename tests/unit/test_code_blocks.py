"""The code in the documentation is right, as far as it can be seen without running it."""

import ast
import json
import re
import shlex
from collections.abc import Iterator
from itertools import dropwhile, groupby
from pathlib import Path

import click
import pytest

from docs.command_reference import commands
from entrypoints.cli import main

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

_BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
# Where examples leave something out.
_AND_SO_ON = re.compile(r",\s*\.\.\.(?=\s*[\]}])")
_ASSIGNMENT = re.compile(r"\w+=")
_COMMANDS = {path: command for command, path in commands()}


def blocks(language: str) -> list[object]:
    """Every code block of the language in all documents, named by its document and its line."""
    return [
        pytest.param(found[3], id=f"{document.relative_to(ROOT)}:{text[: found.start()].count(chr(10)) + 1}")
        for document in DOCUMENTS
        for text in [document.read_text()]
        for found in _BLOCK.finditer(text)
        if found[2] == language
    ]


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


@pytest.mark.parametrize("script", blocks("sh"))
def test_commands_and_their_options_exist(script: str) -> None:
    for words in calls(script):
        command, rest = resolved(words)
        context = click.Context(command, click.Context(main, info_name="predictor"), words[0])
        known = {
            name for parameter in command.get_params(context) for name in (*parameter.opts, *parameter.secondary_opts)
        }
        assert {word.partition("=")[0] for word in rest if word.startswith("-") and word != "-"} <= known


@pytest.mark.parametrize("block", blocks("json"))
def test_json_is_json(block: str) -> None:
    json.loads(_AND_SO_ON.sub("", block))


@pytest.mark.parametrize("block", blocks("python"))
def test_python_is_python(block: str) -> None:
    assert ast.parse(block).body


def test_a_call_is_found_behind_variables_and_in_pipes() -> None:
    script = "A=b .venv/bin/predictor export x \\\n  -o y.onnx # z\nls | predictor serve\n"
    assert list(calls(script)) == [["export", "x", "-o", "y.onnx"], ["serve"]]


@pytest.mark.parametrize("language", ["sh", "json", "python"])
def test_blocks_are_found_at_all(language: str) -> None:
    assert len(blocks(language)) > 3
