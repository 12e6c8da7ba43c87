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
FILES = {
    name: entries((ROOT / "requirements" / f"{name}.lock").read_text())
    for name in ("build", "runtime", "dev", "torch", "cuda")
}
FOR_CPUS = entries((ROOT / "requirements" / "torch-cpu.lock").read_text())
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
INSTALLED_WITH_THE_PROGRAM = ("build", "runtime", "torch")
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")


def unlocked(requirements: list[str], *files: str) -> list[str]:
    """The requirements that no entry of `files` meets."""
    locked = {name: version(entry) for file in files for name, entry in FILES[file].items()}
    wanted = [Requirement(text) for text in requirements]
    return [
        str(r)
        for r in wanted
        if locked.get(canonicalize_name(r.name)) is None or locked[canonicalize_name(r.name)] not in r.specifier
    ]


def test_every_dependency_is_locked_where_it_is_installed_from() -> None:
    assert unlocked(PROJECT["project"]["dependencies"], *INSTALLED_WITH_THE_PROGRAM) == []
    assert unlocked(PROJECT["project"]["optional-dependencies"]["dev"], *INSTALLED_WITH_THE_PROGRAM, "dev") == []
    assert unlocked(PROJECT["build-system"]["requires"], "build") == []
    assert unlocked(PROJECT["dependency-groups"]["build"], "build") == []


def test_every_entry_has_one_version_and_a_hash() -> None:
    for file in (*FILES.values(), FOR_CPUS):
        assert file
        assert [name for name, entry in file.items() if not _HASH.search(entry)] == []


def test_no_package_is_in_two_files() -> None:
    names = [name for file in FILES.values() for name in file]
    assert len(names) == len(set(names))


def test_either_build_of_torch_may_be_installed() -> None:
    both, for_cpus = FILES["torch"]["torch"], FOR_CPUS["torch"]
    assert version(both) == version(for_cpus)
    assert set(_HASH.findall(for_cpus)) < set(_HASH.findall(both))


def test_nothing_else_is_installed() -> None:
    makefile = (ROOT / "Makefile").read_text().partition("bench-peers:")
    rest = makefile[2].partition("\nlock:")[2]
    texts = [
        makefile[0] + rest,
        (ROOT / "Dockerfile").read_text(),
        WORKFLOW.read_text(),
        (ROOT / ".ci" / "run").read_text(),
    ]
    commands = [
        line for text in texts for line in text.replace("\\\n", " ").splitlines() if re.search(r"pip3? install", line)
    ]
    checked = [line for line in commands if "--require-hashes" in line or "--no-index" in line]
    assert len(commands) > 3
    # The definition of the one command that the others of the Makefile are made of.
    assert [line for line in commands if line not in checked] == [
        line for line in commands if line.startswith("PIP_INSTALL := ")
    ]
    uses = re.findall(r"\$\((?:PIP_)?INSTALL\) (.+)", makefile[0] + rest)
    allowed = re.compile(r"--require-hashes|--requirement requirements/[a-z]+\.lock|--no-build-isolation --editable \.")
    assert [use for use in uses if not allowed.fullmatch(use)] == []


def images() -> list[str]:
    """The images that we take from others."""
    stages = re.findall(r"^FROM (\S+)(?: AS (\S+))?$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    found = [image for image, _ in stages if image not in {stage for _, stage in stages}]
    for path in ROOT.glob("deploy/compose*.yaml"):
        found += [
            service["image"] for service in yaml.safe_load(path.read_text())["services"].values() if "image" in service
        ]
    found += [job["container"] for job in yaml.safe_load(WORKFLOW.read_text())["jobs"].values() if "container" in job]
    return [image for image in found if not image.startswith("ml-prediction-system:")]


def test_images_are_named_by_tag_and_digest() -> None:
    assert len(images()) >= 4
    assert [image for image in images() if not re.fullmatch(r"[a-z]+:[\w.-]+@sha256:[0-9a-f]{64}", image)] == []


def test_actions_are_named_by_commit() -> None:
    used = re.findall(r"uses: (.+)", WORKFLOW.read_text())
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", action)] == []


def entry(text: str, *digests: str) -> str:
    return " \\\n    ".join([text, *(f"--hash=sha256:{digest * 64}" for digest in digests)]) + "\n"


def test_a_package_is_in_the_first_file_that_needs_it() -> None:
    text = "# comment\n" + "".join(entry(f"{name}==1", "a") for name in ("a", "b", "c", "torch", "triton", "nvidia-x"))
    found = split(entries(text), build={"a"}, runtime={"a", "b", "torch", "triton"})
    assert {place: list(file) for place, file in found.items()} == {
        "build": ["a"],
        "runtime": ["b"],
        "dev": ["c"],
        "torch": ["torch"],
        "cuda": ["triton", "nvidia-x"],
    }


def test_builds_of_torch_are_joined_only_if_they_are_of_one_version() -> None:
    published = entry("torch==2.0 ; python_version >= '3'", "b")
    assert torch_entry(published, entry("torch==2.0+cpu", "a")) == entry("torch==2.0 ; python_version >= '3'", "a", "b")
    with pytest.raises(ValueError, match=r"no build of torch 2\.0"):
        torch_entry(published, entry("torch==2.1+cpu", "a"))


def test_an_audit_tells_what_nobody_answered_for() -> None:
    flaw = {"id": "CVE-1", "fix_versions": ["2.1"]}
    report = {
        "dependencies": [{"name": "a", "version": "2", "vulns": [flaw]}, {"name": "b", "skip_reason": "no answer"}]
    }
    assert findings(report) == Findings(("a 2: CVE-1, fixed in 2.1",), 1, 1)


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
