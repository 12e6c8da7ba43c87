"""The commands with an API key: where it is taken from, and what is told when it does not do."""

from math import inf
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner

from application.ports.health_check import HealthCheck
from domain.access.caller import Scope
from domain.errors import QueueUnavailable
from entrypoints.cli import main
from predictor_cli.bulk_submission import BulkRetryPolicy
from predictor_cli.service import Address, exit_codes
from predictor_client import TooManyRequests
from tests.contracts.api_keys import keep_keys
from tests.harness.builders import a_key, a_token, png
from tests.unit.cli.conftest import Predictor, Server
from tests.unit.http.world import World

UUID_9 = str(UUID(int=9))
COMMANDS = [
    ("submit", "a.png"),
    ("get", UUID_9),
    ("list",),
    ("status",),
    *((c, UUID_9) for c in ("cancel", "retry", "delete")),
]


@pytest.fixture
def world() -> World:
    world = World(needs_keys=True)
    keep_keys(world.unit_of_work, a_key(1), a_key(2, scopes=frozenset({Scope.READ})))
    return world


@pytest.fixture(autouse=True)
def _picture(predictor: Predictor) -> None:
    Path("a.png").write_bytes(png())


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_every_command_tells_in_a_line_that_a_key_is_missing(predictor: Predictor, arguments: tuple[str, ...]) -> None:
    done = predictor(*arguments)
    assert done.exit_code == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("predictor: This service needs an API key")
    assert line.endswith("Put your key into PREDICTOR_API_KEY, or into a file for --api-key-file.")


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_every_command_tells_in_a_line_that_the_key_is_wrong(predictor: Predictor, arguments: tuple[str, ...]) -> None:
    Path("key").write_text(f"{a_token(3).text}\n")
    done = predictor(*arguments, "--api-key-file", "key")
    assert done.exit_code == 1
    assert done.stderr.splitlines() == [
        "predictor: The API key is not valid: it is unknown, has expired or was revoked. "
        "Ask whoever runs the service for another one."
    ]
    assert a_token(3).secret not in done.output


def test_a_key_that_may_only_read(predictor: Predictor) -> None:
    Path("key").write_text(a_token(2).text)
    assert predictor("list", "--api-key-file", "key").exit_code == 0
    done = predictor("submit", "a.png", "--api-key-file", "key")
    assert done.exit_code == 1
    assert done.stderr.splitlines() == [
        "predictor: The API key lacks the scope submit. Ask whoever runs the service for a key with more scopes."
    ]


@pytest.mark.parametrize("way", ["file", "file in the environment", "environment"])
def test_the_key_comes_from_a_file_or_from_the_environment(
    predictor: Predictor, server: Server, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    Path("key").write_text(f"{a_token(1).text}\n")
    more = ["--api-key-file", "key"] if way == "file" else []
    if way == "environment":
        monkeypatch.setenv("PREDICTOR_API_KEY", a_token(1).text)
    if way == "file in the environment":
        monkeypatch.setenv("PREDICTOR_API_KEY_FILE", "key")
        monkeypatch.setenv("PREDICTOR_API_KEY", "wrong")
    done = predictor("submit", "a.png", *more)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "waiting      1" in predictor("status", *more).stdout


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe", b"two words Zq7", b"two\nlines Zq7"])
def test_a_file_without_a_key(predictor: Predictor, content: bytes | None) -> None:
    if content is not None:
        Path("key").write_bytes(content)
    done = predictor("list", "--api-key-file", "key")
    assert done.exit_code == 2
    assert "Zq7" not in done.output


def test_a_key_on_the_command_line_is_refused(server: Server) -> None:
    done = CliRunner().invoke(main, ["list", "--api-key", "x", "--url", server.url])
    assert done.exit_code == 2
    assert "--api-key-file" in done.output


def test_a_refusal_for_the_moment_tells_when_to_come_back(capsys: pytest.CaptureFixture[str]) -> None:
    refused = TooManyRequests("Too many.", status=429, code="rate_limited", retry_after=90.0)
    with pytest.raises(SystemExit), exit_codes(Address("http://service")):
        raise refused
    assert capsys.readouterr().err == "predictor: Too many. Try again in 90 s.\n"


def test_a_bulk_submission_waits_as_long_as_it_is_told_and_not_for_ever() -> None:
    policy = BulkRetryPolicy(chance=lambda: 0.0)
    told = [TooManyRequests("Too many.", status=429, retry_after=seconds) for seconds in (90.0, 3600.0, 3601.0, inf)]
    assert [policy.pause(1, problem) for problem in told] == [90.0, 3600.0, None, None]


def test_the_key_is_not_in_the_repr() -> None:
    assert "secret" not in repr(Address("http://service", "secret"))


def test_the_state_of_a_service_whose_parts_are_not_told(predictor: Predictor, server: Server, world: World) -> None:
    Path("key").write_text(a_token(1).text)
    other = World(needs_keys=True, checks=(Broken(),))
    keep_keys(other.unit_of_work, a_key(1))
    server.app = other.app
    done = predictor("status", "--api-key-file", "key")
    assert (done.exit_code, done.stderr) == (1, "")
    assert "ready        no" in done.stdout.splitlines()
    assert "workers" not in done.stdout


class Broken(HealthCheck):
    name = "queue"

    def check(self) -> None:
        raise QueueUnavailable
