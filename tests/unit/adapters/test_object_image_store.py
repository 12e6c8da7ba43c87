"""The object store over obstore's own store in memory, and what its URL may say."""

import traceback

import obstore
import pytest
from obstore.store import MemoryStore

from adapters.storage.object_image_store import ObjectImageStore
from domain.errors import ImageStoreUnavailable
from domain.image import ImageKey
from tests.contracts.image_store import KEY, OTHER, ImageStoreContract


class TestObjectImageStore(ImageStoreContract):
    @pytest.fixture
    def store(self) -> ObjectImageStore:
        return ObjectImageStore(MemoryStore())

    def test_works(self, store: ObjectImageStore) -> None:
        store.check()


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
    ObjectImageStore(objects).put(key, b"picture")
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
