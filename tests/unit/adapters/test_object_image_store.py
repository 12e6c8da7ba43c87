"""The object store over obstore's own store in memory, and what its URL may say."""

import traceback
from contextlib import AbstractContextManager
from itertools import count

import obstore
import pytest
from obstore.store import MemoryStore

from adapters.storage.marker import MARKER, MarkerMissing
from adapters.storage.object_image_store import ObjectImageStore
from domain.errors import ImageStoreUnavailable
from domain.image import ImageKey
from tests.contracts.image_store import KEY, OTHER, ImageStoreContract
from tests.contracts.image_store_place import ImageStorePlaceContract
from tests.harness.empty_bucket import emptied_bucket


class TestObjectImageStore(ImageStoreContract):
    @pytest.fixture
    def store(self) -> ObjectImageStore:
        store = ObjectImageStore(MemoryStore(), "memory")
        store.set_up()
        return store

    def test_works(self, store: ObjectImageStore) -> None:
        store.check()


class TestObjectImageStorePlace(ImageStorePlaceContract):
    @pytest.fixture
    def objects(self) -> MemoryStore:
        return MemoryStore()

    @pytest.fixture
    def place(self, objects: MemoryStore) -> ObjectImageStore:
        # By this clock every look at the marker is long ago.
        return ObjectImageStore(objects, "memory", count(step=2).__next__)

    @pytest.fixture
    def emptied(self, objects: MemoryStore) -> AbstractContextManager[object]:
        return emptied_bucket(objects)


def test_a_marker_that_was_seen_is_believed_for_a_second() -> None:
    objects, now = MemoryStore(), [100.0]
    store = ObjectImageStore(objects, "memory", lambda: now[0])
    store.set_up()
    store.put(KEY, b"picture")
    obstore.delete(objects, MARKER)
    now[0] = 101.0
    store.put(OTHER, b"another")
    store.delete(OTHER)
    now[0] = 101.1
    with pytest.raises(MarkerMissing):
        store.put(OTHER, b"another")
    with pytest.raises(MarkerMissing):
        store.delete(KEY)
    assert store.get(KEY) == b"picture"
    with pytest.raises(MarkerMissing):
        store.get(OTHER)


def test_a_picture_that_is_not_found_is_never_missing_on_the_word_of_a_marker_seen_before() -> None:
    objects = MemoryStore()
    store = ObjectImageStore(objects, "memory", lambda: 100.0)
    store.set_up()
    store.check()
    obstore.delete(objects, MARKER)
    with pytest.raises(MarkerMissing):
        store.get(KEY)


def test_other_objects_are_no_pictures() -> None:
    objects = MemoryStore()
    store = ObjectImageStore(objects, "memory")
    obstore.put(objects, "letters/019f0c5.txt", b"Dear Sir")
    obstore.put(objects, MARKER, b"")
    assert not store.has_pictures()
    obstore.put(objects, KEY.value, b"picture")
    assert store.has_pictures()


def test_the_location_has_no_secret() -> None:
    store = ObjectImageStore.at("s3://bucket/some/prefix?access_key_id=id&secret_access_key=secret#secret")
    assert store.location == "s3://bucket/some/prefix"


@pytest.mark.parametrize(
    ("key", "media_type"),
    [
        (KEY, "image/jpeg"),
        (OTHER, "image/png"),
        (ImageKey("5f/00000000-0000-0000-0000-00000000005f.tiff"), "application/octet-stream"),
    ],
)
def test_a_picture_has_its_media_type(key: ImageKey, media_type: str) -> None:
    objects = MemoryStore()
    store = ObjectImageStore(objects, "memory")
    store.set_up()
    store.put(key, b"picture")
    assert obstore.get(objects, key.value).attributes["Content-Type"] == media_type


@pytest.mark.parametrize(
    "url",
    [
        "s3://bucket",
        "s3://bucket/prefix/of/more?region=eu-central-1&access_key_id=id&secret_access_key=a+b/c",
        "s3://bucket/prefix?endpoint=http://127.0.0.1:9000&virtual_hosted_style_request=false",
        "gs://bucket/prefix",
        "az://container/prefix?account_name=name&account_key=c2VjcmV0",
        # Base64 with a plus sign, which would not be base64 if it became a blank.
        "az://container/prefix?account_name=name&account_key=c2+jcmV0",
    ],
)
def test_opening_needs_no_connection(url: str) -> None:
    ObjectImageStore.at(url)


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("s3://", "s3://bucket/prefix"),
        ("s3:///prefix", "s3://bucket/prefix"),
        ("s3://id:secret@bucket/prefix", "s3://bucket/prefix"),
        ("s3://bucket?endpoint=secret", "http"),
        ("s3://bucket?aws_endpoint_url_s3=secret", "http"),
        ("s3://bucket?colour=secret", "colour"),
        ("s3://bucket?skip_signature=secret", "boolean"),
        ("az://container/prefix?account_key=secret", "Account"),
        ("az://container/prefix?account_name=name&account_key=secret!", "Access Key"),
        ("gs://bucket?service_account_key=secret", "service account"),
    ],
)
def test_a_wrong_url_says_what_is_wrong_and_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, url: str, hint: str
) -> None:
    for name in ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_ACCOUNT_NAME"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ImageStoreUnavailable) as refused:
        ObjectImageStore.at(url)
    assert hint in str(refused.value)
    assert "secret" not in "".join(traceback.format_exception_only(refused.value))
    assert refused.value.__suppress_context__
