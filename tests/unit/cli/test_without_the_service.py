"""`python -m predictor_cli`: the client alone, in an interpreter of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.builders import png
from tests.unit.cli.conftest import Server

# Runs the command as `python -m predictor_cli` does, and prints at the end which of the service's modules it imported.
SCRIPT = """
import json, runpy, sys
try:
    runpy.run_module("predictor_cli", run_name="__main__", alter_sys=True)
finally:
    service = {"domain", "application", "adapters", "entrypoints"}
    libraries = {"torch", "numpy", "sqlalchemy", "fastapi", "pydantic", "pika"}
    print(json.dumps(sorted((service | libraries) & set(sys.modules))))
"""


def run(*arguments: object) -> list[str]:
    """The lines that the command prints; the last one lists the imported modules."""
    command = [sys.executable, "-c", SCRIPT, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize("arguments", [["--help"], ["submit", "--help"]])
def test_help_imports_nothing_of_the_service(arguments: list[str]) -> None:
    *shown, imported = run(*arguments)
    assert shown[0].startswith("Usage: python -m predictor_cli")
    assert json.loads(imported) == []


def test_submitting_imports_nothing_of_the_service(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(png())
    prediction, imported = run("submit", tmp_path / "cat.png", "--json", "--url", server.url)
    assert json.loads(prediction)["status"] == "queued"
    assert json.loads(imported) == []
