"""`predictor purge` counts, asks, and deletes."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from entrypoints.cli import main
from entrypoints.container import Container
from entrypoints.serve import only_one
from entrypoints.settings import Settings
from entrypoints.upkeep import _retention
from tests.contracts.retention import finished
from tests.contracts.unit_of_work import keep
from tests.unit.application.test_sweep_orphans import picture_of, uuid_at

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def predictor(*arguments: str, answer: str | None = None, **settings: str) -> Result:
    given = {f"PREDICTOR_{name.upper()}": value for name, value in settings.items()}
    return CliRunner().invoke(main, list(arguments), env=given, input=answer)


def with_pictures(**settings: str) -> None:
    """A migrated folder with predictions that became final one and nine days ago, and an orphan from a day ago."""
    assert predictor("migrate", **settings).exit_code == 0
    container = Container(settings=Settings(**settings))  # type: ignore[arg-type]
    now = datetime.now(UTC)
    uuids: dict[UUID, datetime] = {uuid_at(now - age * DAY): now - age * DAY for age in (1, 9)}
    keep(container.unit_of_work(), *(finished(1, at, uuid=uuid, image=picture_of(uuid)) for uuid, at in uuids.items()))
    for uuid in (*uuids, uuid_at(now - DAY, 2)):
        container.image_store().put(picture_of(uuid), b"x" * 2**20)
    container.database().close()


def counts(result: Result) -> dict[str, str]:
    """The lines of the output that have a number."""
    lines = (re.fullmatch(r"\s*(\D+?)\s{2,}(\d.*)", line) for line in result.stdout.splitlines())
    return {found[1]: found[2] for found in lines if found}


@pytest.fixture(params=["file", "db"])
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    given = {"image_store_url": "db://"} if request.param == "db" else {}
    with_pictures(**given)
    return given


def test_a_dry_run_counts_and_changes_nothing(settings: dict[str, str]) -> None:
    for _ in range(2):
        done = predictor("purge", "--dry-run", keep_predictions="7", keep_images="0.5", **settings)
        assert done.exit_code == 0, done.output
        assert counts(done) == {
            "old predictions": "1",
            "their pictures": "1  1.0 MB",
            "old pictures": "1  1.0 MB",
            "pictures without a prediction": "0  0.0 MB",
        }
        assert done.stdout.splitlines()[-1] == "Nothing was changed."


def test_it_deletes_what_the_settings_say(settings: dict[str, str]) -> None:
    done = predictor("purge", "--yes", keep_predictions="7", keep_images="0.5", **settings)
    assert done.exit_code == 0, done.output
    assert list(counts(done).values()) == ["1", "1", "0  0.0 MB"]
    again = predictor("purge", "--yes", keep_predictions="7", keep_images="0.5", **settings)
    assert list(counts(again).values()) == ["0", "0", "0  0.0 MB"]


def test_older_than_comes_before_the_setting(settings: dict[str, str]) -> None:
    done = predictor("purge", "--yes", "--older-than", "0.5", keep_predictions="7", **settings)
    assert list(counts(done).values())[:2] == ["2", "0"]


def test_by_default_nothing_is_old(settings: dict[str, str]) -> None:
    assert counts(predictor("purge", "--dry-run", **settings))["old predictions"] == "0"


@pytest.mark.parametrize(("answer", "code", "left"), [("n\n", 1, "1"), (None, 1, "1"), ("y\n", 0, "0")])
def test_it_asks_first(answer: str | None, code: int, left: str) -> None:
    with_pictures()
    assert predictor("purge", answer=answer, keep_predictions="7").exit_code == code
    assert counts(predictor("purge", "--dry-run", keep_predictions="7"))["old predictions"] == left


def test_beside_a_service_on_sqlite_it_only_counts() -> None:
    with_pictures()
    with only_one(Path("data")):
        refused = predictor("purge", "--yes", keep_predictions="7")
        assert refused.exit_code == 1
        assert "stop it first" in refused.stderr
        assert counts(predictor("purge", "--dry-run", keep_predictions="7"))["old predictions"] == "1"
    assert predictor("purge", "--yes", keep_predictions="7").exit_code == 0


def test_without_a_database_or_its_schema_it_says_so_and_creates_nothing() -> None:
    for options in (["--dry-run"], ["--yes"]):
        done = predictor("purge", *options)
        assert (done.exit_code, "there is no database" in done.stderr) == (1, True)
    assert list(Path().iterdir()) == []
    Path("data").mkdir()
    Path("data", "predictor.db").touch()
    done = predictor("purge", "--yes")
    assert (done.exit_code, "predictor migrate" in done.stderr) == (1, True)


def test_a_store_without_its_marker_is_not_touched() -> None:
    with_pictures()
    Path("data", "images", "predictor-image-store.txt").unlink()
    done = predictor("purge", "--yes", keep_predictions="7")
    assert (done.exit_code, "marker" in done.stderr) == (1, True)
    assert len(list(Path("data", "images").rglob("*.jpg"))) == 3


@pytest.mark.parametrize("days", ["0", "-1", "nan", "inf", "36501", "ten"])
def test_days_are_positive_and_have_an_end(days: str) -> None:
    assert predictor("purge", "--older-than", days).exit_code == 2
    wrong = predictor("purge", "--dry-run", keep_images=days)
    assert (wrong.exit_code, "PREDICTOR_KEEP_IMAGES" in wrong.stderr) == (1, True)


def chores(**settings: object) -> list[str]:
    return [chore.name for chore in _retention(Container(settings=Settings(**settings)))]  # type: ignore[arg-type]


def test_housekeeping_deletes_only_where_something_is_not_kept_for_ever() -> None:
    assert chores() == []
    assert chores(keep_images=1) == chores(keep_predictions=0.5) == ["retention", "orphans"]


def test_the_orphans_chore_takes_what_is_older_than_anything_is_kept() -> None:
    with_pictures()
    container = Container(settings=Settings(keep_images=0.5))
    [_, orphans] = _retention(container)
    assert orphans.run() == 0
    container.database().close()
