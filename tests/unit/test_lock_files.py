"""Nothing is installed, built or started that is not named by its hash."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from requirements.audit import Findings, findings, verdict
from requirements.lock import entries, split, torch_entry, version

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "requirements"
FILES = {name: entries((FOLDER / f"{name}.lock").read_text()) for name in ("build", "runtime", "dev", "torch", "cuda")}
FOR_CPUS = entries((FOLDER / "torch-cpu.lock").read_text())
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROGRAM = ("runtime", "torch")
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")


def unlocked(requirements: list[str], *files: str) -> list[str]:
    """The requirements that no entry of `files` meets."""
    locked = {name: version(entry) for file in files for name, entry in FILES[file].items()}

    def is_met(wanted: Requirement) -> bool:
        found = locked.get(canonicalize_name(wanted.name))
        return found is not None and found in wanted.specifier

    return [text for text in requirements if not is_met(Requirement(text))]


def test_every_dependency_is_locked_where_it_is_installed_from() -> None:
    assert unlocked(PROJECT["project"]["dependencies"], *PROGRAM) == []
    assert unlocked(PROJECT["project"]["optional-dependencies"]["dev"], *PROGRAM, "build", "dev") == []
    assert unlocked(PROJECT["build-system"]["requires"], "build") == []
    assert unlocked(PROJECT["dependency-groups"]["build"], "build") == []


def test_every_dependency_says_what_it_needs_at_least() -> None:
    """`make floors` runs the unit tests with these versions."""
    named = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["dev"]]
    operators = {text: {part.operator for part in Requirement(text).specifier} for text in named}
    assert [text for text, found in operators.items() if not found & {">=", "=="}] == []


def test_every_entry_has_one_version_and_a_hash() -> None:
    for file in (*FILES.values(), FOR_CPUS):
        assert file
        assert [name for name, entry in file.items() if not _HASH.search(entry)] == []


def test_a_package_in_two_files_is_the_same_in_both() -> None:
    shared = FILES["build"].keys() & FILES["runtime"].keys()
    names = [name for file in FILES.values() for name in file]
    assert {name for name in names if names.count(name) > 1} == shared
    assert [name for name in shared if FILES["build"][name] != FILES["runtime"][name]] == []


def test_either_build_of_torch_may_be_installed() -> None:
    both, for_cpus = FILES["torch"]["torch"], FOR_CPUS["torch"]
    assert version(both) == version(for_cpus)
    assert set(_HASH.findall(for_cpus)) < set(_HASH.findall(both))


def commands() -> list[str]:
    """All lines that install something, but for what has to take other versions, in an environment of its own."""
    makefile = re.sub(r"\n(bench-peers|floors):.*?\n(?=\S+:)", "\n", (ROOT / "Makefile").read_text(), flags=re.DOTALL)
    texts = [makefile, *(path.read_text() for path in (ROOT / "Dockerfile", WORKFLOW, ROOT / ".ci" / "run"))]
    lines = re.split(r"\n|&&", "\n".join(texts).replace("\\\n", " "))
    return [line for line in lines if re.search(r"pip install|INSTALL\)", line)]


def test_nothing_is_installed_without_its_hash() -> None:
    checked = re.compile(
        r"--no-deps --require-hashes .*--requirement requirements/|\$\(INSTALL\) --requirement requirements/"
    )
    others = [line.strip() for line in commands() if not checked.search(line)]
    assert others == [
        "PIP_INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps",
        "INSTALL := $(PIP_INSTALL) --require-hashes",
        "$(PIP_INSTALL) --no-build-isolation --editable .",
        "uv pip install --no-deps --no-index /wheels/*.whl",
    ]


def images() -> list[str]:
    """The images that we take from others."""
    stages = re.findall(r"^FROM (\S+)(?: AS (\S+))?$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    parts = [part for path in ROOT.glob("deploy/compose*.yaml") for part in load(path)["services"].values()]
    found = [image for image, _ in stages if image not in {stage for _, stage in stages}]
    found += [part["image"] for part in parts if "image" in part]
    found += [job["container"] for job in load(WORKFLOW)["jobs"].values() if "container" in job]
    return [image for image in found if not image.startswith("ml-prediction-system:")]


def load(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    return content


def test_images_are_named_by_tag_and_digest() -> None:
    assert len(images()) >= 4
    assert [image for image in images() if not re.fullmatch(r"[a-z]+:[\w.-]+@sha256:[0-9a-f]{64}", image)] == []


def test_actions_are_named_by_commit() -> None:
    used = re.findall(r"uses: (.+)", WORKFLOW.read_text())
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", action)] == []


def entry(text: str, *digests: str) -> str:
    return " \\\n    ".join([text, *(f"--hash=sha256:{digest * 64}" for digest in digests)]) + "\n"


def test_a_package_is_in_the_files_that_need_it() -> None:
    text = "# comment\n" + "".join(entry(f"{name}==1", "a") for name in ("a", "b", "c", "torch", "triton", "nvidia-x"))
    found = split(entries(text), build={"a"}, runtime={"a", "b", "torch", "triton"})
    assert {place: list(file) for place, file in found.items()} == {
        "build": ["a"],
        "runtime": ["a", "b"],
        "dev": ["c"],
        "torch": ["torch"],
        "cuda": ["nvidia-x", "triton"],
    }


def test_builds_of_torch_are_joined_only_if_they_are_of_one_version() -> None:
    published = entry("torch==2.0 ; python_version >= '3'", "b")
    assert torch_entry(published, entry("torch==2.0+cpu", "a")) == entry("torch==2.0 ; python_version >= '3'", "a", "b")
    with pytest.raises(ValueError, match=r"no build of torch 2\.0"):
        torch_entry(published, entry("torch==2.1+cpu", "a"))


def test_an_audit_tells_what_nobody_answered_for() -> None:
    flaw = {"id": "CVE-1", "fix_versions": ["2.1"]}
    packages = [{"name": "a", "version": "2", "vulns": [flaw]}, {"name": "b", "skip_reason": "no answer"}]
    assert findings({"dependencies": packages}) == Findings(("a 2: CVE-1, fixed in 2.1",), 1, 1)


@pytest.mark.parametrize(
    ("found", "good", "good_if_required"),
    [
        (Findings((), 5, 0), True, True),
        (Findings((), 4, 1), True, False),
        (Findings((), 0, 0), True, False),
        (Findings(("a 2: CVE-1",), 5, 0), False, False),
    ],
)
def test_an_audit_that_asked_nobody_passes_only_where_it_is_not_required(
    found: Findings, good: bool, good_if_required: bool
) -> None:
    text, passed = verdict(found, required=False)
    assert (passed, verdict(found, required=True)[1]) == (good, good_if_required)
    assert ("NOT audited" in text) == (found.unknown > 0 or found.audited == 0)
