"""Errors of an object store, told without secrets."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from obstore.exceptions import BaseError

from domain.errors import ImageStoreFull, ImageStoreUnavailable

# Status 507 comes from MinIO and WebDAV, the codes from the quotas of MinIO and Ceph.
_FULL = re.compile(r"status code: 507|<Code>\w*(?:QuotaExceeded|StorageFull)</Code>")
_ANSWER = re.compile(r"(status code: [^:]*):.*")
_CODE = re.compile(r"<Code>(\w+)</Code>")


class ObjectStoreProblem(Exception):
    """Error message of the object store, without secrets."""


@contextmanager
def translated_errors(*untranslated: type[Exception]) -> Iterator[None]:
    """Raise `ImageStoreFull` or `ImageStoreUnavailable` for an error of the library, but those of these types as is."""
    try:
        yield
    except untranslated:
        raise
    except (BaseError, OSError) as error:
        kind = ImageStoreFull if _FULL.search(str(error)) else ImageStoreUnavailable
        raise kind from ObjectStoreProblem(_without_answer(str(error)))


def _without_answer(message: str) -> str:
    """First line of the message; of the answer only the code, since S3's may repeat the request with its token."""
    code = _CODE.search(message)
    return _ANSWER.sub(r"\1", message.partition("\n")[0]) + (f" ({code[1]})" if code else "")


def without_secrets(message: str, secrets: Iterable[str]) -> str:
    """The message with dots in the place of each secret."""
    for secret in filter(None, secrets):
        message = message.replace(secret, "...")
    return message
