"""A real picture in, its right label out."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from tests.harness.service import CAMERA, COFFEE, Service


def test_the_label_of_a_photograph(service: Service) -> None:
    prediction = service.result(service.submit(COFFEE, name="cup"))
    assert prediction["prediction"] == "espresso"
    assert (prediction["name"], prediction["status"], prediction["attempts"]) == ("cup", "succeeded", 1)
    assert prediction["score"] == prediction["top"][0]["score"] > 0.5
    assert len(prediction["top"]) == 5
    assert prediction["error"] is None
    assert prediction["created_at"] <= prediction["started_at"] <= prediction["finished_at"]


def test_a_picture_without_json_around_it(service: Service) -> None:
    response = service.client.post(
        "/inference/image", params={"top_k": 2}, content=CAMERA, headers={"Content-Type": "image/png"}
    )
    assert response.status_code == 202
    assert response.headers["Location"] == f"/predictions/{response.json()['uuid']}"
    prediction = service.result(response.json()["uuid"])
    assert prediction["prediction"] == "tripod"
    assert len(prediction["top"]) == 2


def encoded(picture: Image.Image, image_format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, image_format, **options)
    return file.getvalue()


def coffee() -> Image.Image:
    return Image.open(io.BytesIO(COFFEE)).convert("RGB")


def sixteen_bits() -> bytes:
    wide = coffee().convert("L").convert("I").point(lambda level: level * 257)
    return encoded(wide.convert("I;16"), "PNG")


def lying_on_its_side() -> bytes:
    picture = coffee().transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise for display
    return encoded(picture, "JPEG", exif=exif)


VARIANTS: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: encoded(coffee(), "JPEG"),
    "progressive jpeg": lambda: encoded(coffee(), "JPEG", progressive=True),
    "grayscale jpeg": lambda: encoded(coffee().convert("L"), "JPEG"),
    "cmyk jpeg": lambda: encoded(coffee().convert("CMYK"), "JPEG"),
    "palette png": lambda: encoded(coffee().quantize(256), "PNG"),
    "rgba png": lambda: encoded(coffee().convert("RGBA"), "PNG"),
    "16-bit png": sixteen_bits,
    "exif rotated jpeg": lying_on_its_side,
    "webp": lambda: encoded(coffee(), "WEBP"),
    "gif": lambda: encoded(coffee(), "GIF"),
    "bmp": lambda: encoded(coffee(), "BMP"),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_kind_of_picture_is_classified_like_any_other(service: Service, variant: str) -> None:
    image = VARIANTS[variant]()
    assert service.result(service.submit(image))["prediction"] == "espresso"


def test_many_at_once_each_get_their_own_label(service: Service) -> None:
    uuids = [(service.submit(image), label) for image, label in [(COFFEE, "espresso"), (CAMERA, "tripod")] * 10]
    assert [service.result(uuid)["prediction"] for uuid, _ in uuids] == [label for _, label in uuids]


def test_a_picture_damaged_in_the_middle_fails_and_its_neighbours_do_not(service: Service) -> None:
    damaged = COFFEE[:5000] + bytes(1000) + COFFEE[6000:]
    before, bad, after = service.submit(COFFEE), service.submit(damaged), service.submit(CAMERA)
    assert service.result(before)["prediction"] == "espresso"
    assert service.result(after)["prediction"] == "tripod"
    failed = service.result(bad)
    assert (failed["status"], failed["prediction"]) == ("failed", None)
    assert failed["error"]["code"] == "image_undecodable"
