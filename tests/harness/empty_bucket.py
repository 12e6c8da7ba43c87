"""A bucket that is empty for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

import obstore
from obstore.store import ObjectStore


@contextmanager
def emptied_bucket(objects: ObjectStore) -> Iterator[None]:
    """Take every object away, and in the end put them back."""
    paths = [found["path"] for found in obstore.list(objects).collect()]
    kept = {path: obstore.get(objects, path).bytes() for path in paths}
    for path in paths:
        obstore.delete(objects, path)
    try:
        yield
    finally:
        for path, data in kept.items():
            obstore.put(objects, path, data)
