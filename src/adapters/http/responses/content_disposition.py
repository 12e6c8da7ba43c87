"""File name of a download: the `Content-Disposition` header (RFC 6266) from an untrusted name."""

import re
import unicodedata
from urllib.parse import quote

# Special characters of paths, file systems or this header.
_SPECIAL = re.compile(r'[/\\:*?"<>|%;]')
# Below the 255 bytes of file systems, also with four bytes a character.
_MAX_LENGTH = 60
# The characters that RFC 8187 leaves unencoded, beside letters and digits.
_UNENCODED = "!#$&+-.^_`|~"


def content_disposition(name: str, fallback: str, extension: str) -> str:
    """Value of the header for a file that is displayed inline and saved under a name like the client's.

    Args:
        name: the client's text, of any content.
        fallback: ASCII name, used if no character of `name` is usable, and as `filename` if `name` is not ASCII.
        extension: extension of the file's real format; always appended.
    """
    stem = _stem(name, extension) or fallback
    plain = stem if stem.isascii() else fallback
    encoded = quote(f"{stem}.{extension}", safe=_UNENCODED)
    return f"inline; filename=\"{plain}.{extension}\"; filename*=UTF-8''{encoded}"


def _stem(name: str, extension: str) -> str:
    """The name without control and invisible characters, separators, leading dots and extension."""
    visible = "".join(character if _is_visible(character) else " " for character in name)
    stem = " ".join(_SPECIAL.sub(" ", visible).split())
    if stem.lower().endswith(f".{extension}"):
        stem = stem[: -len(extension) - 1]
    return stem[:_MAX_LENGTH].strip(" .")


def _is_visible(character: str) -> bool:
    """True unless the character is a control, a format (such as a change of text direction) or a line separator."""
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
