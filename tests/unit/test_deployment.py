"""Image, Compose files and workflow name only what there is. Whether they work is for the workflow to show."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from entrypoints.cli import main
from entrypoints.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile"
COMPOSE = ROOT / "deploy" / "compose.yaml"
COMPOSE_FILES = sorted(COMPOSE.parent.glob("compose*.yaml"))
EXAMPLE = ROOT / "deploy" / ".env.example"
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"

OURS = ("migrate", "api", "worker")
# ${NAME}, ${NAME:-default} and ${NAME:?message}
_INTERPOLATED = re.compile(r"\$\{(\w+)(:\?)?")


def load(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    return content


SERVICES: dict[str, dict[str, Any]] = load(COMPOSE)["services"]


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SERVICES[request.param]


@pytest.fixture(params=OURS)
def our_service(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SERVICES[request.param]


def settings_in(text: str) -> set[str]:
    return set(re.findall(rf"\b{PREFIX}[A-Z_]+", text))


def variables_of_compose() -> dict[str, bool]:
    """The variables that a user may set, and whether one must."""
    found = [match for path in COMPOSE_FILES for match in _INTERPOLATED.findall(path.read_text())]
    passed_on = [name for name, value in SERVICES["worker"]["environment"].items() if value is None]
    return dict.fromkeys(passed_on, False) | {name: bool(required) for name, required in found}


def offered_in_example() -> dict[str, bool]:
    """The variables in `.env.example`, and whether one has to be filled in."""
    lines = re.findall(r"^(#?)([A-Z_]+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE)
    return {name: not (commented or value) for commented, name, value in lines}


def test_every_setting_can_be_set_in_compose_and_no_other() -> None:
    named = settings_in(DOCKERFILE.read_text()) | set(SERVICES["worker"]["environment"])
    assert named == {PREFIX + name.upper() for name in Settings.model_fields}


def test_our_processes_have_the_same_settings(our_service: dict[str, Any]) -> None:
    assert our_service["environment"] == SERVICES["worker"]["environment"]


def test_the_example_offers_what_compose_reads_and_nothing_else() -> None:
    assert offered_in_example() == variables_of_compose()


def test_every_command_exists_with_its_options(our_service: dict[str, Any]) -> None:
    name, *options = our_service["command"]
    known = {option for parameter in main.commands[name].params for option in parameter.opts}
    assert {option for option in options if option.startswith("--")} <= known


def test_the_image_starts_a_command_that_exists() -> None:
    instructions = dict(re.findall(r'^(ENTRYPOINT|CMD) \["(\w+)"\]$', DOCKERFILE.read_text(), re.MULTILINE))
    assert instructions["ENTRYPOINT"] == "predictor"
    assert instructions["CMD"] in main.commands


def test_no_process_of_the_image_is_root() -> None:
    users = re.findall(r"^USER (\d+):\d+$", DOCKERFILE.read_text(), re.MULTILINE)
    assert users
    assert users[-1] != "0"


def test_the_image_gets_only_what_exists() -> None:
    kept = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE.read_text(), re.MULTILINE)
    assert {name for line in copied for name in line.split()} == set(kept)
    assert all((ROOT / name).exists() for name in kept)


def test_containers_have_no_more_rights_than_they_need(service: dict[str, Any]) -> None:
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_what_keeps_running_is_checked_restarted_and_given_time(service: dict[str, Any]) -> None:
    once = service is SERVICES["migrate"]
    assert service["restart"] == ("no" if once else "unless-stopped")
    assert ("healthcheck" in service, "stop_grace_period" in service) == (not once, not once)


def test_volumes_and_networks_are_declared(service: dict[str, Any]) -> None:
    compose = load(COMPOSE)
    assert {volume.partition(":")[0] for volume in service.get("volumes", [])} <= set(compose["volumes"])
    assert set(service["networks"]) <= set(compose["networks"])


def test_every_target_of_the_workflow_exists() -> None:
    commands = "\n".join(step.get("run", "") for job in load(WORKFLOW)["jobs"].values() for step in job["steps"])
    targets = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z0-9]+)", commands))
    assert named
    assert named <= targets
    assert (ROOT / ".ci" / "run").exists()
    assert ".ci/run" in commands


@pytest.mark.parametrize("job", load(WORKFLOW)["jobs"].values(), ids=load(WORKFLOW)["jobs"])
def test_every_job_of_the_workflow_ends_some_time(job: dict[str, Any]) -> None:
    assert job["timeout-minutes"] <= 30
