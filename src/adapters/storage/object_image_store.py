"""Pictures in a bucket: Amazon S3 and everything that speaks its protocol, Google Cloud Storage, Azure Blob Storage."""

import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from application.ports.health_check import HealthCheck
from application.ports.image_store import ImageMissing, ImageStore
from domain.errors import ImageStoreFull, ImageStoreUnavailable
from domain.image import ImageKey
from domain.image_header import ImageFormat

# A picture of a megabyte takes well under a second; a store that needs longer than this is as good as away.
_PATIENCE = timedelta(seconds=10)
# An endpoint that does not even take the connection will not take it later either.
_CONNECT_PATIENCE = timedelta(seconds=2)
# Enough to get over a dropped connection or a "slow down"; the caller has longer retries of its own.
_RETRIES = 3
_BACKOFF = {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=1), "base": 2}

# Requests of a group of pictures that are under way at once: each mostly waits.
_AT_ONCE = 16

# Deleting in bulk is the library's default for S3, but not every server with its protocol can.
_OPTIONS = {"s3": {"disable_bulk_delete": "true"}}

_MEDIA_TYPES = {f".{image_format.extension}": image_format.media_type for image_format in ImageFormat}

# No key starts like this, so that listing it is cheap however many pictures there are.
_NOTHING = "health-check"

# 507 is MinIO's and WebDAV's answer; the codes are those of MinIO's and Ceph's quotas.
_FULL = re.compile(r"status code: 507|<Code>\w*(?:QuotaExceeded|StorageFull)</Code>")
_ANSWER = re.compile(r"(status code: [^:]*):.*")
_CODE = re.compile(r"<Code>(\w+)</Code>")


class ObjectStoreProblem(Exception):
    """What the object store said, without what may be secret."""


class ObjectImageStore(ImageStore, HealthCheck):
    """Keeps each picture as an object under its key, behind the store's prefix.

    A picture is one request, so a reader sees all of it or none, and the store has it safe when it has answered.
    The credentials need the rights to get, put and delete objects and to list the bucket: without the last one S3
    does not tell a picture that is missing from one that may not be read.
    """

    name = "image_store"

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._threads = ThreadPoolExecutor(_AT_ONCE, "image-store")

    @classmethod
    def at(cls, url: str, patience: timedelta = _PATIENCE) -> "ObjectImageStore":
        """The store at a URL.

        Args:
            url: ``s3://bucket/prefix``, ``gs://bucket/prefix`` or ``az://container/prefix``. What follows a ``?``
                are obstore's options of that store, such as ``endpoint``, ``region``, ``access_key_id``,
                ``secret_access_key`` (S3), ``service_account`` (Google), ``account_name``, ``account_key`` (Azure),
                percent-encoded. What is not given there is taken from the environment (``AWS_*``, ``GOOGLE_*``,
                ``AZURE_*``) or from the cloud machine's identity.
            patience: the longest time for one request, and from its first try to its last: none takes longer than
                the two together.

        Raises:
            ImageStoreUnavailable: the URL or one of its options is wrong. What they are is not repeated.
        """
        address = urlsplit(url)
        # A plus sign is itself here, not a blank: every other S3 secret contains one.
        options = dict(parse_qsl(address.query.replace("+", "%2B"), keep_blank_values=True))
        try:
            _check(address.netloc, options)
            return cls(_open(urlunsplit(address._replace(query="", fragment="")), options, patience))
        except (BaseError, ValueError) as error:
            problem = _without(str(error).partition("\n")[0], options.values())
            raise ImageStoreUnavailable(f"The URL of the image store is not valid: {problem}") from None

    def put(self, key: ImageKey, data: bytes) -> None:
        media_type = _MEDIA_TYPES.get(PurePosixPath(key.value).suffix, "application/octet-stream")
        with _translated_errors():
            obstore.put(self._store, key.value, data, attributes={"Content-Type": media_type}, use_multipart=False)

    def put_all(self, images: Mapping[ImageKey, bytes]) -> None:
        puts = {key: self._threads.submit(self.put, key, data) for key, data in images.items()}
        failures = [error for error in (put.exception() for put in puts.values()) if error]
        if failures:
            for key in images:
                with suppress(ImageStoreUnavailable):
                    self.delete(key)
            raise failures[0]

    def get(self, key: ImageKey) -> bytes:
        with _translated_errors():
            try:
                return obstore.get(self._store, key.value).bytes().to_bytes()
            except FileNotFoundError:
                # A bucket that is gone says the same, and is no reason to give the picture up.
                self.check()
        raise ImageMissing

    def delete(self, key: ImageKey) -> None:
        with _translated_errors():
            try:
                obstore.delete(self._store, key.value)
            except FileNotFoundError:
                self.check()

    def check(self) -> None:
        with _translated_errors():
            obstore.list(self._store, prefix=_NOTHING).collect()


def _check(bucket: str, options: Mapping[str, str]) -> None:
    if not bucket or "@" in bucket:
        raise ValueError("it has the form s3://bucket/prefix?option=value")
    # Over an endpoint that is none the library panics later, instead of raising an error now.
    endpoints = [value for option, value in options.items() if "endpoint" in option]
    if not all(endpoint.startswith(("http://", "https://")) for endpoint in endpoints):
        raise ValueError("an endpoint starts with http:// or https://")


def _open(url: str, options: Mapping[str, str], patience: timedelta) -> ObjectStore:
    # Whether TLS is used is decided by the endpoint's URL alone; the clouds' own endpoints are all https.
    client: Any = {"allow_http": True, "timeout": patience, "connect_timeout": min(patience, _CONNECT_PATIENCE)}
    retries: Any = {"max_retries": _RETRIES, "retry_timeout": patience, "backoff": _BACKOFF}
    config: Any = {**_OPTIONS.get(urlsplit(url).scheme, {}), **options}
    return from_url(url, config=config, client_options=client, retry_config=retries)


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        said = str(error)
        raise (ImageStoreFull if _FULL.search(said) else ImageStoreUnavailable) from ObjectStoreProblem(_told(said))


def _told(said: str) -> str:
    """The first line of the library's message, and of the server's answer its code only.

    S3 answers a wrong signature with the request as it came, session token and all.
    """
    code = _CODE.search(said)
    return _ANSWER.sub(r"\1", said.partition("\n")[0]) + (f" ({code[1]})" if code else "")


def _without(message: str, secrets: Iterable[str]) -> str:
    for secret in filter(None, secrets):
        message = message.replace(secret, "...")
    return message
