"""Writes the lock files beside it: `make lock`, or `make lock UPGRADE=--upgrade` for newer versions.

    build.lock      what builds, locks and installs: the build backend, uv, and what they need
    runtime.lock    the packages of the program, but torch
    dev.lock        what the tests, checks and documentation need besides
    torch.lock      torch: the package index's files, and PyTorch's builds for CPUs from torch-cpu.lock
    cuda.lock       what torch's build with CUDA needs besides

Every entry has the hashes of the files for all platforms. Torch is apart, since its builds need different packages.
"""

import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent
# Packages that only torch's build with CUDA depends on.
_CUDA = re.compile(r"(nvidia-|cuda-|triton\b)")
_NAME = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)
# The lowest version that all development tools run on.
_PYTHON = "3.11.5"
_HEADER = "# Written by `make lock`. Install with --no-deps --require-hashes.\n"

Entries = dict[str, str]


def entries(text: str) -> Entries:
    """The entries of a lock file by package, each with its hashes, without comments."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    found: Entries = {}
    name = ""
    for line in lines:
        if start := _NAME.match(line):
            name = start[1]
            found[name] = ""
        if name:
            found[name] += line + "\n"
    return found


def version(entry: str) -> str:
    """The version in an entry, without the label of a build, as in `2.13.0+cpu`."""
    found = _NAME.match(entry)
    assert found is not None
    return found[2].partition("+")[0]


def torch_entry(published: str, for_cpus: str) -> str:
    """The entry for torch with the hashes of both kinds of builds.

    Raises:
        ValueError: they are of different versions.
    """
    if version(published) != version(for_cpus):
        raise ValueError(f"torch-cpu.lock has no build of torch {version(published)}: add its hashes")
    hashes = sorted({*re.findall(r"--hash=\S+", published), *re.findall(r"--hash=\S+", for_cpus)})
    head = published.partition(" \\\n")[0]
    return " \\\n    ".join([head, *hashes]) + "\n"


def split(everything: Entries, build: set[str], runtime: set[str]) -> dict[str, Entries]:
    """What belongs into each file. `build` and `runtime` are installed without each other: both have what both need."""
    cuda = {name for name in everything if _CUDA.match(name)}
    apart = {"torch", *cuda}
    places = {
        "build": build,
        "runtime": runtime - apart,
        "dev": everything.keys() - build - runtime - apart,
        "torch": {"torch"},
        "cuda": cuda,
    }
    return {place: {name: everything[name] for name in sorted(names)} for place, names in places.items()}


def _compile(*arguments: str) -> Entries:
    # The former versions stay as long as they fit.
    former = ROOT / "build" / "former.lock"
    former.parent.mkdir(exist_ok=True)
    former.write_text("".join((FOLDER / f"{name}.lock").read_text() for name in _kept()))
    command = ["uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header", "--no-annotate"]
    command += ["--python-version", _PYTHON, "--output-file", str(former), *arguments]
    subprocess.run(command, check=True, cwd=ROOT)  # noqa: S603 (our own arguments)
    return entries(former.read_text())


def _kept() -> list[str]:
    return [name for name in ("runtime", "torch", "dev", "cuda", "build") if (FOLDER / f"{name}.lock").exists()]


def main(arguments: list[str]) -> None:
    """Resolve everything together, so that no two files disagree, and write the files."""
    everything = _compile("--extra", "dev", "--group", "build", "pyproject.toml", *arguments)
    files = split(everything, set(_compile("--group", "build")), set(_compile("pyproject.toml")))
    for_cpus = entries((FOLDER / "torch-cpu.lock").read_text())["torch"]
    files["torch"]["torch"] = torch_entry(files["torch"]["torch"], for_cpus)
    for name, content in files.items():
        (FOLDER / f"{name}.lock").write_text(_HEADER + "".join(content.values()))


if __name__ == "__main__":
    main(sys.argv[1:])
