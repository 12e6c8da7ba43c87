"""`predictor migrate` upgrades the schema and sets up the image store."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapters.sql.connections.database import Database
from adapters.sql.unit_of_work import SQLUnitOfWork
from adapters.storage.marker import CONTENT, MARKER
from entrypoints.cli import main
from tests.contracts.image_store import KEY
from tests.contracts.unit_of_work import keep
from tests.harness.builders import a_prediction

STORE = Path("data", "images")


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def migrate(*options: str, **settings: str) -> Result:
    given = {f"PREDICTOR_{name.upper()}": value for name, value in settings.items()}
    return CliRunner().invoke(main, ["migrate", *options], env=given)


def migrated(*options: str) -> str:
    """The last line of the output."""
    done = migrate(*options)
    assert done.exit_code == 0, done.output
    first, last = done.stdout.splitlines()
    assert first == "The schema is up to date."
    return last


def test_a_new_image_store_is_set_up_once() -> None:
    assert migrated() == "The image store at data/images is new, and was set up."
    assert (STORE / MARKER).read_bytes() == CONTENT
    assert migrated() == "The image store at data/images is ready."


def test_pictures_without_a_marker_get_one() -> None:
    (STORE / KEY.value).parent.mkdir(parents=True)
    (STORE / KEY.value).touch()
    assert migrated() == "The image store at data/images has pictures, and has got its marker."
    assert (STORE / MARKER).exists()


def test_a_lost_image_store_is_refused_until_a_new_one_is_wanted() -> None:
    migrated()
    (STORE / MARKER).unlink()
    database = Database(f"sqlite:///{Path('data', 'predictor.db').absolute()}")
    keep(SQLUnitOfWork(database), a_prediction(1))
    database.close()
    refused = migrate()
    assert refused.exit_code == 1
    assert refused.stdout == "The schema is up to date.\n"
    assert "data/images" in refused.stderr
    assert refused.stderr.strip().endswith("predictor migrate --new-image-store")
    assert list(STORE.iterdir()) == []
    assert migrated("--new-image-store") == (
        "The image store at data/images was empty, and was set up for new pictures."
    )
    assert migrated("--new-image-store") == "The image store at data/images is ready."


def test_pictures_in_the_database_need_no_marker() -> None:
    done = migrate(image_store_url="db://")
    assert done.stdout.splitlines()[1] == "The image store at the database is ready."
    assert not STORE.exists()


@pytest.mark.parametrize(
    "url",
    [
        "file:///dev/null/images",
        "s3://bucket/prefix?endpoint=http://127.0.0.1:9&access_key_id=id&secret_access_key=Zq7secret",
    ],
)
def test_a_place_that_cannot_be_used_is_told_in_one_line(url: str) -> None:
    done = migrate(image_store_url=url)
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 1
    assert "The image store is not available at the moment. (" in done.stderr
    assert "Zq7secret" not in done.output
