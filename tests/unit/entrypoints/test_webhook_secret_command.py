"""`predictor webhook-secret` prints the secrets of an owner."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapters.webhooks.signature import Secret
from domain.access.owner import Owner
from entrypoints.cli import main

NEW, OLD = (Secret(bytes([n]) * 32) for n in (1, 2))


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def webhook_secret(owner: str, secrets: str) -> Result:
    return CliRunner().invoke(main, ["webhook-secret", owner], env={"PREDICTOR_WEBHOOK_SECRETS": secrets})


def test_an_owner_has_a_secret_for_each_of_the_service() -> None:
    done = webhook_secret("client", f"{NEW.text()} {OLD.text()}")
    assert done.exit_code == 0
    assert done.stdout.split() == [NEW.of_owner(Owner("client")).text(), OLD.of_owner(Owner("client")).text()]


@pytest.mark.parametrize(("owner", "secrets"), [("client", ""), ("", NEW.text()), ("Client", NEW.text())])
def test_without_a_secret_or_a_name_there_is_none(owner: str, secrets: str) -> None:
    done = webhook_secret(owner, secrets)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert "whsec_" not in done.stderr


def test_the_default_owner_s_secret_is_the_service_s() -> None:
    assert webhook_secret("default", NEW.text()).stdout.split() == [NEW.text()]
