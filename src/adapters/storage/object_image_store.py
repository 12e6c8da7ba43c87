"""Image store in a bucket: Amazon S3 and compatible servers, Google Cloud Storage, Azure Blob Storage."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from adapters.storage.marker import CONTENT, MARKER, MarkerMissing
from adapters.storage.object_store_errors import translated_errors, without_secrets
from application.ports.health_check import HealthCheck
from application.ports.image_store import ImageMissing, ImageStore
from application.ports.image_store_setup import ImageStoreSetup
from application.ports.image_store_sweep import ImageStoreSweep, StoredImage
from domain.errors import ImageStoreUnavailable
from domain.image import ImageKey
from domain.image_header import ImageFormat

# A picture of a megabyte takes well under a second; a store that needs longer counts as unavailable.
_TIMEOUT = timedelta(seconds=10)
# An endpoint that does not accept a connection within this time will not accept it later.
_CONNECT_TIMEOUT = timedelta(seconds=2)
# Enough to get over a dropped connection or a "slow down"; the caller has longer retries of its own.
_RETRIES = 3
_BACKOFF = {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=1), "base": 2}

# Maximum number of requests at the same time; each mostly waits for the network.
_MAX_CONCURRENT = 16

# The library deletes in bulk from S3, which not every compatible server supports.
_OPTIONS = {"s3": {"disable_bulk_delete": "true"}}

_MEDIA_TYPES = {f".{image_format.extension}": image_format.media_type for image_format in ImageFormat}

# Seconds for which a marker that was seen is believed: looking for it takes about as long as putting a picture.
_MARKER_SECONDS = 1.0

# Number of objects among which a picture is looked for before the first use: one request's answer of S3.
_LISTED = 1000

# No key has this prefix, so listing it is fast however many pictures are stored.
_EMPTY_PREFIX = "health-check"


class ObjectImageStore(ImageStore, ImageStoreSetup, ImageStoreSweep, HealthCheck):
    """Stores each picture as an object under its key, behind the store's prefix.

    A picture is one request, so a reader sees all of it or nothing, and it is durable once the store has answered.
    The credentials need the rights to get, put and delete objects and to list the bucket: without the last one the
    answers of S3 for a missing picture and for a forbidden one are the same.

    Args:
        store: bucket and prefix.
        location: URL without options, for messages.
        monotonic: seconds on a clock that never goes back.
    """

    name = "image_store"

    def __init__(self, store: ObjectStore, location: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._location = location
        self._monotonic = monotonic
        self._marker_seen_at: float | None = None
        self._threads = ThreadPoolExecutor(_MAX_CONCURRENT, "image-store")

    @classmethod
    def at(cls, url: str, timeout: timedelta = _TIMEOUT) -> "ObjectImageStore":
        """Open the store at a URL.

        Args:
            url: ``s3://bucket/prefix``, ``gs://bucket/prefix`` or ``az://container/prefix``. After a ``?`` follow
                obstore's options of that store, such as ``endpoint``, ``region``, ``access_key_id``,
                ``secret_access_key`` (S3), ``service_account`` (Google), ``account_name``, ``account_key`` (Azure),
                percent-encoded. Options that are not given are taken from the environment (``AWS_*``, ``GOOGLE_*``,
                ``AZURE_*``) or from the cloud machine's identity.
            timeout: maximum time of one request, and also of all its retries; a call takes at most twice as long.

        Raises:
            ImageStoreUnavailable: the URL or one of its options is not valid; the message does not repeat their values.
        """
        address = urlsplit(url)
        # A plus sign stands for itself, not for a blank: half of all S3 secrets contain one.
        options = dict(parse_qsl(address.query.replace("+", "%2B"), keep_blank_values=True))
        try:
            _check(address.netloc, options)
            location = urlunsplit(address._replace(query="", fragment=""))
            return cls(_open(location, options, timeout), location)
        except (BaseError, ValueError) as error:
            problem = without_secrets(str(error).partition("\n")[0], options.values())
            raise ImageStoreUnavailable(f"The URL of the image store is not valid: {problem}") from None

    @property
    def location(self) -> str:
        return self._location

    def is_set_up(self) -> bool:
        with translated_errors():
            try:
                obstore.head(self._store, MARKER)
            except FileNotFoundError:
                return False
        return True

    def has_pictures(self) -> bool:
        with translated_errors():
            first = next(iter(obstore.list(self._store, chunk_size=_LISTED)), [])
        return any(ImageKey.fits(found["path"]) for found in first)

    def set_up(self) -> None:
        with translated_errors():
            obstore.put(self._store, MARKER, CONTENT, attributes={"Content-Type": "text/plain"}, use_multipart=False)

    def put(self, key: ImageKey, data: bytes) -> None:
        self._require_recent_marker()
        self._put(key, data)

    def put_all(self, images: Mapping[ImageKey, bytes]) -> None:
        if not images:
            return
        self._require_recent_marker()
        puts = [self._threads.submit(self._put, key, data) for key, data in images.items()]
        failures = [error for error in (put.exception() for put in puts) if error]
        if failures:
            for key in images:
                with suppress(ImageStoreUnavailable):
                    self._delete(key)
            raise failures[0]

    def get(self, key: ImageKey) -> bytes:
        with suppress(FileNotFoundError):
            return self._get(key)
        # A bucket that is gone gives the same answer, and it may have come back in between.
        self._require_marker()
        try:
            return self._get(key)
        except FileNotFoundError:
            raise ImageMissing from None

    def delete(self, key: ImageKey) -> None:
        self._require_recent_marker()
        self._delete(key)

    def folders(self) -> list[str]:
        self._require_recent_marker()
        with translated_errors():
            found = obstore.list_with_delimiter(self._store)["common_prefixes"]
        return sorted(name for name in found if ImageKey.fits_folder(name))

    def images_in(self, folder: str) -> list[ImageKey]:
        self._require_recent_marker()
        with translated_errors():
            pages = obstore.list(self._store, prefix=folder)
            paths = [found["path"] for page in pages for found in page]
        return [ImageKey(path) for path in sorted(filter(ImageKey.fits, paths))]

    def look_at(self, keys: Sequence[ImageKey]) -> list[StoredImage]:
        if not keys:
            return []
        self._require_recent_marker()
        return [found for found in self._threads.map(self._look_at, keys) if found]

    def _look_at(self, key: ImageKey) -> StoredImage | None:
        with translated_errors():
            try:
                found = obstore.head(self._store, key.value)
            except FileNotFoundError:
                return None
        return StoredImage(key, found["size"], found["last_modified"])

    def delete_all(self, keys: Sequence[ImageKey]) -> None:
        if not keys:
            return
        self._require_recent_marker()
        for _ in self._threads.map(self._delete, keys):
            """Raises the first error."""

    def check(self) -> None:
        with translated_errors():
            obstore.list(self._store, prefix=_EMPTY_PREFIX).collect()
        self._require_marker()

    def _require_marker(self) -> None:
        if not self.is_set_up():
            raise MarkerMissing
        self._marker_seen_at = self._monotonic()

    def _require_recent_marker(self) -> None:
        if self._marker_seen_at is None or self._monotonic() - self._marker_seen_at > _MARKER_SECONDS:
            self._require_marker()

    def _put(self, key: ImageKey, data: bytes) -> None:
        media_type = _MEDIA_TYPES.get(PurePosixPath(key.value).suffix, "application/octet-stream")
        with translated_errors():
            obstore.put(self._store, key.value, data, attributes={"Content-Type": media_type}, use_multipart=False)

    def _get(self, key: ImageKey) -> bytes:
        with translated_errors(FileNotFoundError):
            return obstore.get(self._store, key.value).bytes().to_bytes()

    def _delete(self, key: ImageKey) -> None:
        with translated_errors():
            try:
                obstore.delete(self._store, key.value)
            except FileNotFoundError:
                self._require_marker()


def _check(bucket: str, options: Mapping[str, str]) -> None:
    if not bucket or "@" in bucket:
        raise ValueError("it has the form s3://bucket/prefix?option=value")
    # With an endpoint that is not valid the library panics later, instead of raising an error now.
    endpoints = [value for option, value in options.items() if "endpoint" in option]
    if not all(endpoint.startswith(("http://", "https://")) for endpoint in endpoints):
        raise ValueError("an endpoint starts with http:// or https://")


def _open(url: str, options: Mapping[str, str], timeout: timedelta) -> ObjectStore:
    # The scheme of the endpoint's URL alone decides on TLS; the clouds' own endpoints are all https.
    client: Any = {"allow_http": True, "timeout": timeout, "connect_timeout": min(timeout, _CONNECT_TIMEOUT)}
    retries: Any = {"max_retries": _RETRIES, "retry_timeout": timeout, "backoff": _BACKOFF}
    config: Any = {**_OPTIONS.get(urlsplit(url).scheme, {}), **options}
    return from_url(url, config=config, client_options=client, retry_config=retries)
