"""The documentation says what is true."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.settings_table import HEADER, settings_table
from docs.site_hooks import generated
from entrypoints.cli import main
from entrypoints.settings import PREFIX, Settings
from predictor_client.connection import KEY_VARIABLE

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
GUIDES = [README, ROOT / "CONTRIBUTING.md"]
DOCUMENTS = [*GUIDES, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
# What the site has and the repository does not.
GENERATED = {ROOT / "docs" / path for path in generated()}

_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"^```\w*\n.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
_ELSEWHERE = re.compile(r"[a-z]+:|#")


@pytest.fixture(params=GUIDES, ids=lambda path: path.name)
def guide(request: pytest.FixtureRequest) -> str:
    path: Path = request.param
    return path.read_text()


def named_in_code(text: str, pattern: str) -> set[str]:
    """Matches of the pattern's group in the code blocks and code spans of a document."""
    return {found for code in _CODE.findall(text) for found in re.findall(pattern, code)}


def relative_links(path: Path) -> Iterator[str]:
    for markdown, html in _LINK.findall(_FENCE.sub("", path.read_text())):
        target = markdown or html
        if not _ELSEWHERE.match(target):
            yield target.partition("#")[0]


def test_the_readme_lists_the_settings_as_they_are() -> None:
    lines = README.read_text().splitlines()
    start = lines.index(HEADER[0])
    table = settings_table()
    assert lines[start : start + len(table) + 1] == [*table, ""], "run: python docs/settings_table.py"


def is_dead(document: Path, link: str) -> bool:
    target = (document.parent / link).resolve()
    return not target.exists() and target not in GENERATED


def test_every_relative_link_leads_to_a_file() -> None:
    dead = [(str(path), link) for path in DOCUMENTS for link in relative_links(path) if is_dead(path, link)]
    assert dead == []


def test_every_path_of_the_repository_exists() -> None:
    """Decisions may speak of the past."""
    living = [path for path in DOCUMENTS if "adr" not in path.parts]
    pattern = re.compile(r"`((?:src|tests|docs|benchmarks|soak|deploy|migrations)/[\w./-]*)`")
    named = [(str(path.relative_to(ROOT)), name) for path in living for name in pattern.findall(path.read_text())]
    assert len(named) > 20
    # A pattern for the names of migrations, and what `make bench` makes.
    not_yet = {"migrations/versions/NNNN_title.py", "benchmarks/results/"}
    assert [(path, name) for path, name in named if name not in not_yet and not (ROOT / name).exists()] == []


def test_every_document_has_one_title() -> None:
    titles = {str(path): re.findall(r"^# .*", _FENCE.sub("", path.read_text()), re.MULTILINE) for path in DOCUMENTS}
    assert [(path, found) for path, found in titles.items() if len(found) != 1] == []


def test_links_are_found_at_all() -> None:
    assert "docs/system.svg" in relative_links(README)


def test_every_make_target_exists(guide: str) -> None:
    targets = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = named_in_code(guide, r"(?m)^`?make ([a-z0-9]+)")
    assert named
    assert named <= targets


def test_every_command_exists() -> None:
    named = named_in_code(README.read_text(), r"(?m)^`?(?:\.venv/bin/)?predictor ([a-z-]+)")
    assert named == set(main.commands)


def test_every_variable_is_a_setting_or_an_option() -> None:
    named = {(str(path), name) for path in DOCUMENTS for name in re.findall(rf"\b{PREFIX}[A-Z_]+\b", path.read_text())}
    options = {option.envvar for command in main.commands.values() for option in command.params}
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | options | {KEY_VARIABLE}
    assert named
    assert [(path, name) for path, name in sorted(named) if name not in known] == []


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "adr"
    decisions = {path.name for path in folder.glob("[0-9]*.md")}
    assert decisions
    assert set(relative_links(folder / "README.md")) == decisions
