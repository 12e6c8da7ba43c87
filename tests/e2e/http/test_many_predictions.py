"""Several pictures at once, the list of all, and each picture given back."""

import base64
from typing import Any

import httpx

from tests.harness.service import CAMERA, COFFEE, Service


def entry(image: bytes, **fields: object) -> dict[str, object]:
    return {"data": base64.b64encode(image).decode()} | fields


def submit_many(service: Service, *entries: object) -> httpx.Response:
    return service.client.post("/inference/images/", json={"images": entries})


def page(service: Service, **query: object) -> tuple[list[str], str | None]:
    """The uuids on a page, and the cursor of the next one."""
    answer = service.client.get("/predictions/", params=query)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return [prediction["uuid"] for prediction in answer.json()["predictions"]], answer.json()["next"]


def test_several_pictures_are_classified_each_by_itself(service: Service) -> None:
    answer = submit_many(service, entry(COFFEE, name="first"), entry(CAMERA, name="second", top_k=2))

    assert answer.status_code == 202, answer.text
    first, second = answer.json()["predictions"]
    assert (first["name"], second["name"]) == ("first", "second")
    assert service.result(first["uuid"])["prediction"] == "espresso"
    result: dict[str, Any] = service.result(second["uuid"])
    assert (result["prediction"], len(result["top"])) == ("tripod", 2)


def test_several_pictures_of_which_one_is_bad_leave_nothing(service: Service) -> None:
    before = service.traces()

    answer = submit_many(service, entry(COFFEE), entry(b"Dear Sir"), entry(CAMERA))

    assert (answer.status_code, answer.json()["code"]) == (422, "images_refused")
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [
        ("images[1]", "image_unsupported")
    ]
    assert service.traces() == before


def test_the_picture_comes_back_as_it_was(service: Service) -> None:
    uuid = service.submit(COFFEE, name='a "small" cup/mug')

    answer = service.client.get(f"/predictions/{uuid}/image")

    assert (answer.status_code, answer.content) == (200, COFFEE)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith('inline; filename="a small cup mug.png"; ')
    assert answer.headers["Cache-Control"].startswith("private, max-age=")


def test_the_list_is_stable_while_pictures_are_submitted(service: Service) -> None:
    ours = [service.submit(COFFEE) for _ in range(5)]

    seen, cursor = page(service, limit=2)
    while not set(ours) <= set(seen):
        assert cursor is not None
        ours_too_late = service.submit(CAMERA)
        found, cursor = page(service, limit=2, cursor=cursor)
        seen += found
        assert ours_too_late not in seen

    assert [uuid for uuid in seen if uuid in ours] == ours[::-1]
    assert len(set(seen)) == len(seen)


def test_the_list_by_status_and_model(service: Service) -> None:
    uuid = service.submit(COFFEE)
    result = service.result(uuid)

    for query in (
        {"status": "succeeded"},
        {"model": result["model"]},
        {"status": "succeeded", "model": result["model"]},
    ):
        assert uuid in page(service, limit=100, **query)[0]
    for query in ({"status": "canceled"}, {"model": "no such model"}, {"status": "failed", "model": result["model"]}):
        assert uuid not in page(service, limit=100, **query)[0]
