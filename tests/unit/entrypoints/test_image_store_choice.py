"""The URL chooses the image store."""

from pathlib import Path

import pytest

from adapters.sql.image_store import SQLImageStore
from adapters.storage.local_image_store import LocalImageStore
from adapters.storage.object_image_store import ObjectImageStore
from entrypoints.container import Container
from entrypoints.settings import Settings


@pytest.mark.parametrize(
    ("url", "store"),
    [
        (None, LocalImageStore),
        ("file://{folder}", LocalImageStore),
        ("db://", SQLImageStore),
        ("s3://bucket/prefix", ObjectImageStore),
        ("gs://bucket/prefix", ObjectImageStore),
        ("az://container/prefix?account_name=name&account_key=c2VjcmV0", ObjectImageStore),
    ],
)
def test_the_url_chooses_the_image_store(tmp_path: Path, url: str | None, store: type) -> None:
    image_store_url = url and url.format(folder=tmp_path / "elsewhere")
    container = Container(settings=Settings(data_dir=tmp_path, image_store_url=image_store_url))
    assert type(container.image_store()) is store
    assert container.image_store() is container.image_store()
