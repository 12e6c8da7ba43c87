"""`predictor serve` prepares the image store before it serves."""

import logging
from pathlib import Path

import pytest

from adapters.sql.schema.migrate import migrate
from adapters.sql.unit_of_work import SQLUnitOfWork
from adapters.storage.marker import MARKER
from application.upkeep.prepare_image_store import ImageStoreLost
from domain.errors import ImageStoreUnavailable
from entrypoints.container import Container
from entrypoints.serve import prepare_image_store
from entrypoints.settings import Settings
from tests.contracts.unit_of_work import keep
from tests.harness.builders import a_prediction

NOWHERE = "s3://bucket/prefix?endpoint=http://127.0.0.1:9&access_key_id=id&secret_access_key=Zq7secret"


def world(folder: Path, image_store_url: str | None = None) -> Container:
    container = Container(settings=Settings(data_dir=folder, image_store_url=image_store_url))
    migrate(container.settings().database)
    return container


def test_a_new_store_is_set_up_and_a_known_one_is_left_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "entrypoints.serve")
    container = world(tmp_path)
    for _ in range(2):
        prepare_image_store(container)
        assert (tmp_path / "images" / MARKER).exists()
    assert [record.getMessage() for record in caplog.records if record.name == "entrypoints.serve"] == [
        "image store set up"
    ]


def test_a_lost_store_ends_the_start(tmp_path: Path) -> None:
    container = world(tmp_path)
    keep(SQLUnitOfWork(container.database()), a_prediction(1))
    with pytest.raises(ImageStoreLost):
        prepare_image_store(container)
    assert not (tmp_path / "images").exists()


def test_a_folder_that_cannot_be_used_ends_the_start(tmp_path: Path) -> None:
    (tmp_path / "images").write_text("in the way")
    with pytest.raises(ImageStoreUnavailable):
        prepare_image_store(world(tmp_path))


def test_an_object_store_that_is_away_does_not(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    prepare_image_store(world(tmp_path, NOWHERE))
    assert "image store not looked at" in caplog.text
    assert "Zq7secret" not in caplog.text
