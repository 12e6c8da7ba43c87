"""Where compiled models are kept when no setting says so."""

import logging
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

_log = logging.getLogger(__name__)

_NAME = "ml-prediction-system"


def user_cache_folder(environment: Mapping[str, str]) -> Path:
    """The user's cache folder, or a private one for temporary files where that cannot be written.

    Source: XDG Base Directory Specification 0.8; a relative ``XDG_CACHE_HOME`` does not count.

    Args:
        environment: the environment variables.

    Returns:
        a folder that exists and can be written.
    """
    given = Path(environment.get("XDG_CACHE_HOME", ""))
    base = given if given.is_absolute() else Path(environment.get("HOME", "/nonexistent"), ".cache")
    if _is_writable(folder := base / _NAME):
        return folder
    temporary = _temporary_folder()
    _log.warning("the cache folder cannot be written", extra={"folder": str(folder), "instead": str(temporary)})
    return temporary


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def _temporary_folder() -> Path:
    """One folder for all processes of the user, since what it keeps is expensive.

    Its name can be guessed, and a model that somebody else put there must not be used: then a new one is made.
    """
    folder = Path(tempfile.gettempdir(), f"{_NAME}-{os.getuid()}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        facts = folder.lstat()
    except OSError:
        return Path(tempfile.mkdtemp(prefix=f"{_NAME}-"))
    ours = stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.getuid() and not facts.st_mode & 0o077
    return folder if ours else Path(tempfile.mkdtemp(prefix=f"{_NAME}-"))
