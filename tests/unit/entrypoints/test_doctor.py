"""`predictor doctor`, and the checks that it runs."""

import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapters.sql.connections.database import Database
from adapters.sql.schema.migrate import migrate
from adapters.sql.unit_of_work import SQLUnitOfWork
from adapters.storage.marker import MARKER
from domain.errors import DatabaseUnavailable
from entrypoints.cli import main
from entrypoints.commands.check_runner import Check, CheckFailed, CheckResult, run_checks
from tests.contracts.image_store import KEY
from tests.contracts.unit_of_work import keep
from tests.harness.builders import a_prediction


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def doctor(**settings: object) -> tuple[Result, dict[str, str]]:
    """The result, and what it said of each part."""
    given = {f"PREDICTOR_{name.upper()}": str(value) for name, value in settings.items()}
    done = CliRunner().invoke(main, ["doctor"], env=given)
    return done, {line[:12].strip(): line[13:] for line in done.stdout.splitlines()}


def test_a_fresh_folder_is_well_and_stays_fresh(tmp_path: Path) -> None:
    done, found = doctor()
    assert done.exit_code == 0, done.output
    assert list(found) == ["database", "schema", "broker", "image store", "model", "clock", "disk"]
    assert all(text.startswith("ok ") for text in found.values())
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_was_migrated_and_one_that_was_not() -> None:
    Path("data").mkdir()
    migrate(f"sqlite:///{Path('data', 'predictor.db').absolute()}")
    done, found = doctor()
    assert (done.exit_code, found["schema"]) == (0, "ok       fits this version")
    assert found["database"].startswith("ok       answers in ")

    Path("other").mkdir()
    Path("other", "predictor.db").touch()
    done, found = doctor(data_dir="other")
    assert done.exit_code == 1
    assert found["schema"].startswith("problem ")
    assert found["schema"].endswith(" run: predictor migrate")


def add_prediction() -> None:
    database = Database(f"sqlite:///{Path('data', 'predictor.db').absolute()}")
    keep(SQLUnitOfWork(database), a_prediction(1))
    database.close()


def test_an_image_store_that_is_new_old_or_lost() -> None:
    assert doctor()[1]["image store"] == "ok       data/images will be set up by predictor serve or predictor migrate"
    assert CliRunner().invoke(main, ["migrate"]).exit_code == 0
    assert doctor()[1]["image store"].startswith("ok       answers in ")

    images, picture = Path("data", "images"), Path("data", "images", KEY.value)
    (images / MARKER).unlink()
    add_prediction()
    done, found = doctor()
    assert done.exit_code == 1
    assert found["image store"].startswith("problem  There is no picture at data/images, but the database has pred")

    picture.parent.mkdir()
    picture.touch()
    done, found = doctor()
    assert done.exit_code == 0
    assert found["image store"] == "ok       data/images will be set up by predictor serve or predictor migrate"
    done, found = doctor(
        database_url="mysql+pymysql://nobody@127.0.0.1:9/none", broker_url="amqp://guest:guest@127.0.0.1:9/"
    )
    assert found["image store"].startswith("problem  There is no marker at data/images. If that is the right place, ")

    picture.unlink()
    done, found = doctor(database_url="mysql+pymysql://nobody@127.0.0.1:9/none")
    assert found["image store"].startswith("problem  There is no marker at data/images, and the database cannot be ")
    assert [path.name for path in images.rglob("*")] == [picture.parent.name]


@pytest.mark.parametrize(
    ("part", "settings"),
    [
        ("database", {"database_url": "mysql+pymysql://root:Zq7secret@127.0.0.1:9/none"}),
        ("broker", {"broker_url": "amqp://guest:Zq7secret@127.0.0.1:9/"}),
        ("image store", {"image_store_url": "file:///dev/null/folder"}),
        ("model", {"model": "missing.onnx"}),
        ("model", {"weights": "missing.pth"}),
        ("settings", {"port": "Zq7secret"}),
    ],
)
def test_what_is_wrong_is_told_in_one_line_with_a_hint(part: str, settings: dict[str, str]) -> None:
    done, found = doctor(**settings)
    assert done.exit_code == 1
    assert found[part].startswith("problem ")
    assert "PREDICTOR_" in found[part]
    assert "Zq7secret" not in done.output
    assert done.stderr == ""


def test_what_hangs_is_given_up_and_not_in_the_way_of_the_others() -> None:
    for_ever = threading.Event()
    checks = [
        Check("slow", lambda: str(for_ever.wait()), "Kick it."),
        Check("well", lambda: "fine", ""),
        Check("sick", ail, "Take rest."),
        Check("odd", lambda: str(1 / 0), "Ask us."),
        Check("away", lose, "Look for it."),
    ]
    assert list(run_checks(checks, timeout=0.3)) == [
        CheckResult("slow", "No answer within 0.3 seconds. Kick it.", passed=False),
        CheckResult("well", "fine", passed=True),
        CheckResult("sick", "It hurts. Take rest.", passed=False),
        CheckResult("odd", "ZeroDivisionError. Ask us.", passed=False),
        CheckResult("away", f"{DatabaseUnavailable()} (refused) Look for it.", passed=False),
    ]
    for_ever.set()


def ail() -> str:
    raise CheckFailed("It hurts.")


def lose() -> str:
    raise DatabaseUnavailable from ConnectionRefusedError(111, "refused")
