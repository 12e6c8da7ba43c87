"""Keys and hashes of pictures."""

from uuid import UUID

import pytest

from domain.image import ImageHash, ImageKey
from domain.image_header import ImageFormat


def test_a_key_is_made_of_the_uuid() -> None:
    uuid = UUID("0198c2f0-1234-7abc-8def-0123456789ab")
    key = ImageKey.of(uuid, ImageFormat.WEBP)
    assert str(key) == "0198c2f/0198c2f0-1234-7abc-8def-0123456789ab.webp"


def test_a_key_from_before_is_still_one() -> None:
    assert str(ImageKey("ab/0198c2f0-1234-7abc-8def-0123456789ab.webp")).startswith("ab/")


@pytest.mark.parametrize(
    "value", ["", "../etc/passwd", "ab/../../../../../etc/shadow-0123456789abcdef.jpg", "/ab/x.jpg", "ab/x\0.jpg"]
)
def test_a_key_leads_nowhere_else(value: str) -> None:
    with pytest.raises(ValueError, match="not an image key"):
        ImageKey(value)


def test_a_hash_tells_files_apart() -> None:
    assert ImageHash.of(b"a file") == ImageHash.of(b"a file") != ImageHash.of(b"another")
    assert ImageHash.of(b"").value == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("value", ["", "0" * 63, "0" * 65, "G" * 64, "A" * 64])
def test_a_hash_is_64_hexadecimal_digits(value: str) -> None:
    with pytest.raises(ValueError, match="not an image hash"):
        ImageHash(value)
