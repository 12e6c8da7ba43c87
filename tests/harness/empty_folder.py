"""An image store whose mount is lost: an empty folder is in its place."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replaced_by_an_empty_folder(folder: Path) -> Iterator[None]:
    """Put an empty folder in the place of `folder`, and in the end the old one back.

    What was written into the empty folder is then in ``NAME.bare`` beside it, to be removed before this is
    done again.
    """
    kept, bare = folder.with_name(f"{folder.name}.kept"), folder.with_name(f"{folder.name}.bare")
    bare.mkdir()
    folder.rename(kept)
    bare.rename(folder)
    try:
        yield
    finally:
        folder.rename(bare)
        kept.rename(folder)
