"""Several pictures in one request."""

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.http.requests.batch_body import commands_from_json
from adapters.http.requests.http_limits import HttpLimits
from adapters.memory import MemoryImageStore, MemoryUnitOfWork
from application.accept.submit_predictions import SubmitPredictions
from domain.access.caller import ANYBODY
from domain.errors import ImageStoreFull
from domain.image import ImageKey
from tests.harness.builders import png
from tests.unit.http.world import DATA, MARK, MAX_BYTES, PICTURE, SUBMIT_MANY, World, assert_problem, body

BAD = base64.b64encode(b"Dear Sir").decode()
LARGE = base64.b64encode(PICTURE.ljust(MAX_BYTES + 1)).decode()


def uuid(number: int) -> str:
    return str(UUID(int=number))


@pytest.mark.parametrize("path", [SUBMIT_MANY, SUBMIT_MANY + "/"])
def test_several_pictures_are_answered_in_their_order(path: str) -> None:
    world = World()
    entries = [{"name": f"picture {n}", "data": base64.b64encode(png(width=n)).decode(), "top_k": n} for n in (1, 2, 3)]

    answer = world.request("POST", path, content=body(images=entries), headers={"Content-Type": "text/plain"})

    assert answer.status_code == 202
    predictions = answer.json()["predictions"]
    assert [(p["uuid"], p["name"], p["status"]) for p in predictions] == [
        (uuid(n), f"picture {n}", "queued") for n in (1, 2, 3)
    ]
    assert [world.image_store.get(ImageKey(f"0000000/{uuid(n)}.png")) for n in (1, 2, 3)] == [
        png(width=n) for n in (1, 2, 3)
    ]
    assert [d.job.uuid.int for d in world.queue.receive(9, timedelta(0))] == [1, 2, 3]
    assert predictions[1] == world.get(f"/predictions/{uuid(2)}").json()


def test_an_entry_is_what_a_single_submission_is() -> None:
    lines = base64.encodebytes(png(width=200)).decode()
    raw = b'{"images": [{"data": "data:image/png;base64,%s", "model": "squeezenet1_0"}, {"data": "%s"}]}'

    first, second = commands_from_json(raw % (lines.encode(), DATA.encode()), ANYBODY)

    assert (first.image, first.model, first.name) == (png(width=200), "squeezenet1_0", "")
    assert (second.image, second.model, second.top_k) == (PICTURE, None, 5)


REFUSED: list[tuple[Any, list[tuple[str, str]]]] = [
    ([{"data": DATA}, {"data": BAD}], [("images[1]", "image_unsupported")]),
    ([{"data": LARGE}, {"data": DATA}, {"data": ""}], [("images[0]", "image_too_large"), ("images[2]", "image_empty")]),
    ([{"data": DATA}, {"data": "!"}], [("images[1].data", "not_base64")]),
    ([{"data": DATA}, {"name": MARK}], [("images[1].data", "invalid_field")]),
    (
        [{"data": DATA, "top_k": 99, "colour": MARK}],
        [("images[0].top_k", "invalid_field"), ("images[0].colour", "invalid_field")],
    ),
    ([{"data": DATA}, MARK], [("images[1]", "invalid_field")]),
    ([None], [("images[0]", "invalid_field")]),
    ([{"data": DATA, "model": MARK}], [("images[0]", "unknown_model")]),
    ([{"data": DATA}, {"data": DATA, "name": "\ud800"}], [("images[1].name", "invalid_field")]),
]


@pytest.mark.parametrize(("entries", "errors"), REFUSED)
def test_one_that_is_refused_refuses_all(entries: Any, errors: list[tuple[str, str]]) -> None:
    world = World()

    answer = world.submit_many(*entries)

    assert_problem(answer, 422, "images_refused")
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == errors
    assert world.is_empty()


def test_each_reason_is_a_sentence() -> None:
    answer = World().submit_many({"data": BAD}, {"data": DATA, "top_k": 0}, "dog").json()

    assert answer["detail"] == "Several of the images are refused, and so all of them are."
    assert [error["message"] for error in World().submit_many({"data": BAD}, {"data": BAD}).json()["errors"]] == [
        "The data is not a JPEG, PNG, WebP, GIF or BMP image."
    ] * 2
    assert [error["message"] for error in answer["errors"]] == [
        "The field top_k is not between 1 and 20.",
        "The entry is not a JSON object.",
    ]


MALFORMED = [
    (b"", 400, "malformed_json", None),
    (b"[]", 422, "invalid_field", ("", "The request body is not a JSON object.")),
    (b"{}", 422, "invalid_field", ("images", "The field images is missing.")),
    (body(images={}), 422, "invalid_field", ("images", "The field images is not a list.")),
    (body(images=[]), 422, "invalid_field", ("images", "The field images is empty.")),
    (body(images=[{}] * 33), 422, "invalid_field", ("images", "The field images has more than 32 entries.")),
    (body(images=[{"data": DATA}], data=MARK), 422, "invalid_field", ("data", "The field data is not known.")),
]


@pytest.mark.parametrize(("content", "status", "code", "error"), MALFORMED)
def test_a_bad_body_is_refused(content: bytes, status: int, code: str, error: tuple[str, str] | None) -> None:
    world = World()

    answer = world.request("POST", SUBMIT_MANY, content=content)

    assert_problem(answer, status, code)
    if error:
        assert answer.json()["errors"] == [{"field": error[0], "message": error[1]}]
    assert world.is_empty()


def test_as_many_bad_ones_as_there_can_be_get_a_short_answer() -> None:
    answer = World().submit_many(*[{"data": BAD}] * SubmitPredictions.MAX_PICTURES)

    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 10


def test_a_body_over_the_limit_is_refused() -> None:
    limits = HttpLimits(max_image_bytes=MAX_BYTES)

    answer = World().request("POST", SUBMIT_MANY, content=b" " * (limits.max_batch_bytes + 1))

    assert_problem(answer, 413, "body_too_large")


def test_a_body_of_several_pictures_of_the_largest_size_is_taken() -> None:
    picture = base64.b64encode(PICTURE.ljust(MAX_BYTES)).decode()
    content = json.dumps({"images": [{"data": picture}] * HttpLimits.LARGEST_IN_A_BATCH}).encode()

    assert World().request("POST", SUBMIT_MANY, content=content).status_code == 202


class AlmostFull(MemoryImageStore):
    """Has room for one picture."""

    def put_all(self, images: Mapping[ImageKey, bytes]) -> None:
        if len(images) > 1:
            raise ImageStoreFull
        super().put_all(images)


def test_a_store_that_fills_up_keeps_none() -> None:
    store, unit_of_work = AlmostFull(), MemoryUnitOfWork()

    answer = World(image_store=store, unit_of_work=unit_of_work).submit_many({"data": DATA}, {"data": DATA})

    assert_problem(answer, 507, "image_store_full")
    assert len(store) == len(unit_of_work) == 0
