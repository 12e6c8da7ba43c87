"""The picture of a prediction over HTTP."""

import re
from email.message import EmailMessage
from urllib.parse import unquote

import httpx
import pytest

from adapters.memory import MemoryImageStore, MemoryUnitOfWork
from domain.errors import ImageStoreUnavailable
from domain.image import ImageKey
from domain.image_header import ImageFormat
from tests.contracts.unit_of_work import keep
from tests.harness.builders import a_prediction
from tests.unit.http.world import DATA, PICTURE, World, assert_problem

UUID_1 = "00000000-0000-0000-0000-000000000001"
PATH = f"/predictions/{UUID_1}/image"


def submitted(name: str) -> World:
    world = World()
    assert world.submit_json(name=name, data=DATA).status_code == 202
    return world


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_picture_comes_back_as_it_was_sent(slash: str) -> None:
    answer = submitted("dog").get(PATH + slash)

    assert (answer.status_code, answer.content) == (200, PICTURE)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize("image_format", ImageFormat)
def test_the_media_type_is_the_true_one(image_format: ImageFormat) -> None:
    world = World(unit_of_work=MemoryUnitOfWork())
    prediction = a_prediction(1, name="page.html", image=ImageKey(f"0000000/{UUID_1}.{image_format.extension}"))
    world.image_store.put(prediction.image, b"<script>")
    keep(world.unit_of_work, prediction)

    answer = world.get(PATH)

    assert answer.headers["content-type"] == image_format.media_type
    assert saved_as(answer) == f"page.html.{image_format.extension}"


def test_a_picture_that_is_gone_is_not_found() -> None:
    world = submitted("dog")
    world.image_store.delete(ImageKey(f"0000000/{UUID_1}.png"))

    assert_problem(world.get(PATH), 404, "image_missing")
    assert_problem(world.get(PATH.replace(UUID_1, UUID_1[:-1] + "2")), 404, "prediction_not_found")
    assert_problem(world.get("/predictions/1/image"), 404, "prediction_not_found")
    assert "cache-control" not in world.get(PATH).headers


class StoreAway(MemoryImageStore):
    """Takes pictures and then goes away."""

    def get(self, key: ImageKey) -> bytes:
        raise ImageStoreUnavailable


def test_a_store_that_is_away_is_told_apart() -> None:
    world = World(image_store=StoreAway())
    world.submit_json(data=DATA)

    assert_problem(world.get(PATH), 503, "image_store_unavailable")


def saved_as(answer: httpx.Response) -> str:
    """The file name that a browser takes, which is the encoded one."""
    header = answer.headers["content-disposition"]
    found = re.fullmatch(r"inline; filename=\"[^\"\\]+\"; filename\*=UTF-8''([\w.%!#$&+^`|~-]+)", header, re.ASCII)
    assert found, header
    return unquote(found[1], errors="strict")


def saved_by_old_programs(answer: httpx.Response) -> str | None:
    """The file name as Python's own parser of such headers reads it, which takes the one in ASCII."""
    message = EmailMessage()
    message["Content-Disposition"] = answer.headers["content-disposition"]
    return message.get_filename()


NAMES = [
    ("dog", "dog.png"),
    ("Schlittenhund 🐕 é", "Schlittenhund 🐕 é.png"),
    ("犬", "犬.png"),
    ("dog.png", "dog.png"),
    ("DOG.PNG", "DOG.png"),
    ("invoice.exe", "invoice.exe.png"),
    ("", f"{UUID_1}.png"),
    ("...", f"{UUID_1}.png"),
    ("../../etc/passwd", "etc passwd.png"),
    (r"..\..\boot", "boot.png"),
    (".htaccess", "htaccess.png"),
    ('"; filename="evil.html', "filename= evil.html.png"),
    ("a\r\nSet-Cookie: session=1", "a Set-Cookie session=1.png"),
    ("a\0b\x7fc\x85d\u2028e", "a b c d e.png"),
    ("annexe\u202egnp.exe", "annexe gnp.exe.png"),
    ("100%41 <b>|*?", "100 41 b.png"),
    ("x" * 255, "x" * 60 + ".png"),
]


@pytest.mark.parametrize(("name", "expected"), NAMES)
def test_a_name_is_a_name_and_nothing_else(name: str, expected: str) -> None:
    answer = submitted(name).get(PATH)

    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert saved_as(answer) == expected
    assert saved_by_old_programs(answer) == (expected if expected.isascii() else f"{UUID_1}.png")
