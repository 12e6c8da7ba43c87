"""Looks for known vulnerabilities of everything in the lock files: `make audit`.

pip-audit itself ends well when it could ask nobody, and only says so. Here a package that was not looked up is told,
and is an error where the variable `AUDIT` is `required`, as in the workflow.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
FILES = ("build", "runtime", "dev", "torch", "cuda")


@dataclass(frozen=True)
class Findings:
    """What an audit found: vulnerabilities, a line each, and the number of packages with and without an answer."""

    vulnerabilities: tuple[str, ...]
    audited: int
    unknown: int


def findings(report: dict[str, Any]) -> Findings:
    """Read the JSON report of pip-audit."""
    answered = [package for package in report["dependencies"] if "skip_reason" not in package]
    lines = [
        f"{package['name']} {package['version']}: {flaw['id']}, fixed in {', '.join(flaw['fix_versions']) or 'none'}"
        for package in answered
        for flaw in package["vulns"]
    ]
    return Findings(tuple(lines), len(answered), len(report["dependencies"]) - len(answered))


def verdict(found: Findings, *, required: bool) -> tuple[str, bool]:
    """A text that says what was found, and whether all is well."""
    lines = [*found.vulnerabilities, f"{found.audited} packages audited, {len(found.vulnerabilities)} vulnerabilities"]
    if found.unknown or not found.audited:
        lines.append(
            f"{found.unknown} packages NOT audited: the source of advisories cannot be reached or has no answer"
        )
    incomplete = found.unknown > 0 or found.audited == 0
    return "\n".join(lines), not found.vulnerabilities and not (required and incomplete)


def _report() -> dict[str, Any]:
    files = [word for name in FILES for word in ("--requirement", str(FOLDER / f"{name}.lock"))]
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
    done = subprocess.run([*command, "--format", "json", *files], capture_output=True, text=True, check=False)  # noqa: S603
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:  # without a connection it writes an error and no report
        sys.stderr.write(done.stderr)
        return {"dependencies": []}
    return report


if __name__ == "__main__":
    text, good = verdict(findings(_report()), required=os.environ.get("AUDIT") == "required")
    sys.stdout.write(text + "\n")
    sys.exit(not good)
