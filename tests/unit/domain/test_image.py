"""Keys and hashes of pictures."""

from datetime import timedelta
from uuid import UUID

import pytest

from domain.image import ImageHash, ImageKey
from domain.image_header import ImageFormat
from domain.time_ordered_id import time_of


def test_a_key_is_made_of_the_uuid() -> None:
    uuid = UUID("0198c2f0-1234-7abc-8def-0123456789ab")
    key = ImageKey.of(uuid, ImageFormat.WEBP)
    assert str(key) == "0198c2f/0198c2f0-1234-7abc-8def-0123456789ab.webp"


def test_a_key_from_before_is_still_one() -> None:
    assert str(ImageKey("ab/0198c2f0-1234-7abc-8def-0123456789ab.webp")).startswith("ab/")


UUID_7 = UUID("0198c2f0-1234-7abc-8def-0123456789ab")


@pytest.mark.parametrize("folder", ["0198c2f", "ab"])
def test_a_key_tells_its_folder_and_its_prediction(folder: str) -> None:
    key = ImageKey(f"{folder}/{UUID_7}.webp")
    assert (key.folder, key.prediction) == (folder, UUID_7)


@pytest.mark.parametrize(
    "value", [f"0198c2e/{UUID_7}.webp", f"0198c2f/{UUID_7}.txt", f"ab/{'-' * 36}.jpg", f"ab/{UUID_7.hex}----.jpg"]
)
def test_a_key_that_no_service_makes_has_no_prediction(value: str) -> None:
    assert ImageKey(value).prediction is None


def test_a_folder_tells_the_time_of_its_pictures() -> None:
    told = time_of(UUID_7)
    assert told is not None
    assert [ImageKey.fits_folder(name) for name in ("0198c2f", "ab", "lost+found")] == [True, True, False]
    assert ImageKey.is_folder_after("0198c2f", told - timedelta(minutes=18))
    assert not ImageKey.is_folder_after("0198c2f", told)
    assert not ImageKey.is_folder_after("ab", told - timedelta(days=9000))


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
