"""Image, Compose files and workflow name only what there is. Whether they work is for the workflow to show."""

import re
from pathlib import Path
from typing import Any

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


def test_our_processes_have_the_same_settings_but_for_the_user_of_the_database() -> None:
    settings, migrating = SERVICES["worker"]["environment"], SERVICES["migrate"]["environment"]
    assert SERVICES["api"]["environment"] == settings
    different = {name: (settings[name], migrating[name]) for name in settings if settings[name] != migrating[name]}
    [(service, owner)] = different.values()
    assert owner == service.replace("//predictor:", "//predictor_owner:").replace("MYSQL_PASS", "MYSQL_OWNER_PASS")
    assert migrating.keys() == settings.keys()


def test_every_container_has_a_memory_limit() -> None:
    assert [name for name, service in SERVICES.items() if not service.get("mem_limit")] == []


def test_the_example_offers_what_compose_reads_and_nothing_else() -> None:
    assert offered_in_example() == variables_of_compose()


def unknown_words(command: list[str]) -> set[str]:
    """The words of a command line that `predictor` does not know."""
    name, *options = command
    if name not in main.commands:
        return {name}
    known = {option for parameter in main.commands[name].params for option in parameter.opts}
    return {option for option in options if option.startswith("--")} - known


def test_every_command_exists_with_its_options() -> None:
    assert [(name, words) for name in OURS if (words := unknown_words(SERVICES[name]["command"]))] == []


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


def test_containers_have_no_more_rights_than_they_need() -> None:
    wanted = {"cap_drop": ["ALL"], "read_only": True, "security_opt": ["no-new-privileges:true"]}
    assert [name for name, service in SERVICES.items() if not wanted.items() <= service.items()] == []


def test_what_keeps_running_is_checked_restarted_and_given_time() -> None:
    parts = ("healthcheck", "stop_grace_period")
    found = {name: (service["restart"], *(part in service for part in parts)) for name, service in SERVICES.items()}
    once, always = ("no", False, False), ("unless-stopped", True, True)
    assert found == {name: once if name == "migrate" else always for name in SERVICES}


def test_ours_all_reach_the_same_image_store() -> None:
    found = {name: (SERVICES[name]["volumes"], SERVICES[name]["networks"]) for name in OURS}
    assert len(set(map(str, found.values()))) == 1, found


def test_volumes_and_networks_are_declared() -> None:
    compose = load(COMPOSE)
    mounted = {(name, volume.partition(":")[0]) for name in SERVICES for volume in SERVICES[name].get("volumes", [])}
    files = {(name, source) for name, source in mounted if source.startswith("./")}
    assert [source for _, source in files if not (COMPOSE.parent / source).is_file()] == []
    mounted -= files
    joined = {(name, network) for name in SERVICES for network in SERVICES[name]["networks"]}
    assert [(name, volume) for name, volume in mounted if volume not in compose["volumes"]] == []
    assert [(name, network) for name, network in joined if network not in compose["networks"]] == []


def test_every_target_of_the_workflow_exists() -> None:
    commands = "\n".join(step.get("run", "") for job in load(WORKFLOW)["jobs"].values() for step in job["steps"])
    targets = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z0-9]+)", commands))
    assert named
    assert named <= targets
    assert (ROOT / ".ci" / "run").exists()
    assert ".ci/run" in commands


def test_every_job_of_the_workflow_ends_some_time() -> None:
    limits = {name: job.get("timeout-minutes") for name, job in load(WORKFLOW)["jobs"].items()}
    assert limits
    assert [name for name, minutes in limits.items() if minutes is None or minutes > 30] == []
