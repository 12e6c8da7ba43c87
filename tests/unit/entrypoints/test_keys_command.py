"""`predictor keys`, and the start of a server that needs a key."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from domain.access.key_token import KeyToken
from entrypoints.cli import main
from entrypoints.container import Container
from entrypoints.http_server import CannotServe, require_key
from entrypoints.settings import Settings


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PREDICTOR_DATA_DIR", str(tmp_path / "data"))


def keys(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["keys", *arguments])


def created(*options: str) -> KeyToken:
    answer = keys("create", *options)
    assert answer.exit_code == 0, answer.output
    token = KeyToken.parse(answer.stdout.strip())
    assert token
    return token


def test_a_key_is_printed_once_and_listed_without_its_secret() -> None:
    token = created("--owner", "shop", "--name", "till 3", "--days", "90")
    listed = keys("list").output
    assert f"{token.id}  shop   submit,read  " in listed
    assert "till 3" in listed
    assert "expires 20" in listed
    assert token.secret not in listed


def test_the_keys_of_an_owner_are_listed() -> None:
    shop, museum = created("--owner", "shop"), created("--owner", "museum", "--scope", "read")
    listed = keys("list", "--owner", "museum").output
    assert museum.id in listed
    assert shop.id not in listed
    assert "  read  " in listed


def test_a_key_is_revoked() -> None:
    token = created()
    assert keys("revoke", token.id).output == f"The key {token.id} of default is revoked.\n"
    assert "revoked 20" in keys("list").output


def test_a_key_is_exchanged() -> None:
    old = created("--owner", "shop")
    answer = keys("rotate", old.id, "--overlap-hours", "0")
    new = KeyToken.parse(answer.stdout.strip())
    assert new
    assert new != old
    listed = keys("list").output.splitlines()
    assert "expired" in next(line for line in listed if line.startswith(old.id))
    assert "valid" in next(line for line in listed if line.startswith(new.id))


@pytest.mark.parametrize(
    "arguments",
    [
        ("revoke", "unknown234"),
        ("rotate", "unknown234"),
        ("create", "--owner", "A b"),
        ("list", "--owner", "Ä"),
        ("create", "--name", "x" * 101),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(arguments: tuple[str, ...]) -> None:
    answer = keys(*arguments)
    assert answer.exit_code == 1
    assert answer.stdout == ""
    assert answer.stderr.count("\n") == 1


def test_limits_are_kept() -> None:
    token = created("--rate", "60", "--burst", "10", "--max-queued", "100", "--max-priority", "5")
    [key] = Container(settings=Settings()).access().list.execute(None)
    assert key.id == token.id
    limits = key.limits
    assert (limits.rate_per_minute, limits.burst, limits.max_queued) == (60, 10, 100)
    assert limits.max_priority
    assert limits.max_priority.level == 5


@pytest.mark.parametrize(
    ("host", "access", "needed"),
    [
        ("127.0.0.1", "auto", False),
        ("127.9.9.9", "auto", False),
        ("::1", "auto", False),
        ("localhost", "auto", False),
        ("0.0.0.0", "auto", True),
        ("::", "auto", True),
        ("192.168.0.7", "auto", True),
        ("", "auto", True),
        ("0.0.0.0", "open", False),
        ("127.0.0.1", "keys", True),
    ],
)
def test_requests_need_a_key_unless_only_this_machine_reaches_the_service(
    host: str, access: str, *, needed: bool
) -> None:
    assert Settings.model_validate({"host": host, "access": access}).needs_keys is needed


def test_no_server_starts_without_a_key_where_one_is_needed() -> None:
    container = Container(settings=Settings(host="0.0.0.0"))
    assert keys("list").exit_code == 0  # makes the database
    with pytest.raises(CannotServe, match="predictor keys create"):
        require_key(container)
    token = created()
    require_key(container)
    keys("revoke", token.id)
    with pytest.raises(CannotServe):
        require_key(container)
    require_key(Container(settings=Settings(host="0.0.0.0", access="open")))


def test_a_database_that_is_away_does_not_keep_a_server_from_starting(caplog: pytest.LogCaptureFixture) -> None:
    url = "mysql+pymysql://nobody@127.0.0.1:9/none"
    require_key(Container(settings=Settings(host="0.0.0.0", database_url=url)))
    assert "API keys not looked at" in caplog.text
