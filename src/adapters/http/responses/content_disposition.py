"""What a file is called when a browser saves it (RFC 6266), by a name that anybody may have chosen."""

import re
import unicodedata
from urllib.parse import quote

# What a path, a file system or this header gives a meaning to.
_MEANINGFUL = re.compile(r'[/\\:*?"<>|%;]')
# Well below what file systems take, 255 bytes, also for names of four bytes a character.
_MAX_LENGTH = 60
# The characters that RFC 8187 leaves as they are, beside letters and digits.
_PLAIN = "!#$&+-.^_`|~"


def content_disposition(name: str, fallback: str, extension: str) -> str:
    """The header for a file that is to be shown, and saved under a name like the client's.

    Args:
        name: the client's text, of any content.
        fallback: the name where nothing of `name` is usable, and for programs that read only ASCII where it is none.
        extension: the true one, which the file gets whatever its name says.
    """
    stem = _stem(name, extension) or fallback
    plain = stem if stem.isascii() else fallback
    encoded = quote(f"{stem}.{extension}", safe=_PLAIN)
    return f"inline; filename=\"{plain}.{extension}\"; filename*=UTF-8''{encoded}"


def _stem(name: str, extension: str) -> str:
    """What is left of the name without control characters, invisible ones, separators and leading dots."""
    visible = "".join(character if _is_visible(character) else " " for character in name)
    stem = " ".join(_MEANINGFUL.sub(" ", visible).split())
    if stem.lower().endswith(f".{extension}"):
        stem = stem[: -len(extension) - 1]
    return stem[:_MAX_LENGTH].strip(" .")


def _is_visible(character: str) -> bool:
    """Not one of the controls, formats (such as those that turn the direction of text), or line ends."""
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
