"""Bad input gets its status and one sentence, and leaves nothing behind."""

import base64
import io
import struct
import zlib
from collections.abc import Iterator

import pytest
from PIL import Image

from tests.harness.bombs import jpeg_bomb
from tests.harness.service import COFFEE, Service


def submission(image: bytes) -> bytes:
    return b'{"name": "secret-name", "data": "' + base64.b64encode(image) + b'"}'


def jpeg() -> bytes:
    file = io.BytesIO()
    Image.open(io.BytesIO(COFFEE)).convert("RGB").save(file, "JPEG")
    return file.getvalue()


def bomb() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def padded(size: int) -> bytes:
    return COFFEE + bytes(size - len(COFFEE))


BAD = {
    "not json": (b"secret-name is not JSON", 400, "malformed_json"),
    "no data": (b'{"name": "secret-name"}', 422, "invalid_field"),
    "not base64": (b'{"data": "secret-name!"}', 422, "not_base64"),
    "empty": (b'{"data": ""}', 422, "image_empty"),
    "text instead of an image": (submission(b"secret-name, a long text"), 415, "image_unsupported"),
    "svg": (submission(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), 415, "image_unsupported"),
    "truncated jpeg": (submission(jpeg()[:20_000]), 422, "image_truncated"),
    "one byte over the limit": (submission(padded(1_048_577)), 413, "image_too_large"),
    "30,000 x 30,000 pixels": (submission(bomb()), 422, "image_too_many_pixels"),
    "1,000 scans": (submission(jpeg_bomb(6324, 6324, scans=1000)), 422, "image_too_expensive"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_and_leaves_nothing(service: Service, case: str) -> None:
    body, status, code = BAD[case]
    before = service.traces()

    response = service.client.post("/inference/image", content=body)

    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["detail"].endswith(".")
    assert problem["detail"].count(".") == 1
    assert "secret-name" not in response.text
    assert service.traces() == before


def test_the_largest_picture_is_taken(service: Service) -> None:
    assert service.result(service.submit(padded(1_048_576)))["prediction"] == "espresso"


def test_a_hundred_megabytes_in_chunks_are_refused_while_they_are_read(service: Service) -> None:
    sent = 0

    def body() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(1600):
            yield b"A" * 65_536
            sent += 65_536

    response = service.client.post("/inference/image", content=body())

    assert response.status_code == 413
    assert sent < 50_000_000


@pytest.mark.parametrize("uuid", ["0198c2f0-1234-7abc-8def-0123456789ab", "no-uuid", "..%2f..%2fetc"])
def test_an_unknown_uuid_is_not_found(service: Service, uuid: str) -> None:
    response = service.client.get(f"/predictions/{uuid}")
    assert response.status_code == 404
    assert response.json()["status"] == 404
