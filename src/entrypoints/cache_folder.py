"""Default directory of compiled models."""

import logging
import os
import stat
import tempfile
from pathlib import Path

from platformdirs import user_cache_path

_log = logging.getLogger(__name__)

_NAME = "ml-prediction-system"


def user_cache_folder() -> Path:
    """The user's cache directory, such as ``~/.cache/ml-prediction-system``, or a private temporary one.

    The temporary one is used if the other cannot be written, as for a user without a home directory.

    Returns:
        a directory that exists and is writable.
    """
    try:
        folder = user_cache_path(_NAME, appauthor=False, ensure_exists=True)
        if os.access(folder, os.W_OK | os.X_OK):
            return folder
        problem = "not writable"
    except (OSError, RuntimeError) as error:  # RuntimeError: the user has no home directory
        problem = str(error)
    temporary = _temporary_folder()
    _log.warning("the cache folder cannot be written", extra={"problem": problem, "instead": str(temporary)})
    return temporary


def _temporary_folder() -> Path:
    """One directory for all processes of the user, because building a compiled model is expensive.

    Another user can guess its name and create it first. A model from there must not be used, so a new directory with
    a random name is made then.
    """
    folder = Path(tempfile.gettempdir(), f"{_NAME}-{os.getuid()}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        facts = folder.lstat()
    except OSError:
        return Path(tempfile.mkdtemp(prefix=f"{_NAME}-"))
    ours = stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.getuid() and not facts.st_mode & 0o077
    return folder if ours else Path(tempfile.mkdtemp(prefix=f"{_NAME}-"))
