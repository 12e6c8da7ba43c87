"""A picture that was classified before has its labels at once, as long as the model is the same."""

import base64
from typing import Any

import pytest

from tests.e2e.conftest import Produce, Serve
from tests.harness.service import CAMERA, COFFEE, EmbeddedService, ProductionService, Service


def post(service: Service, image: bytes, **fields: object) -> tuple[int, dict[str, Any]]:
    body = {"data": base64.b64encode(image).decode()} | fields
    answer = service.client.post("/inference/image", json=body)
    return answer.status_code, answer.json()


@pytest.fixture(params=["embedded", "production"])
def caching(request: pytest.FixtureRequest) -> EmbeddedService | ProductionService:
    if request.param == "embedded":
        serve: Serve = request.getfixturevalue("serve")
        embedded = serve(result_cache="true")
        embedded.wait_until_ready()
        return embedded
    produce: Produce = request.getfixturevalue("produce")
    production = produce(result_cache="true")
    production.start_worker()
    production.wait_until_ready()
    return production


def test_a_known_picture_is_answered_at_once(caching: EmbeddedService | ProductionService) -> None:
    first = caching.result(caching.submit(COFFEE))
    assert (first["prediction"], first["cached"]) == ("espresso", False)

    status, again = post(caching, COFFEE, top_k=2)
    assert (status, again["status"], again["cached"]) == (200, "succeeded", True)
    assert again["uuid"] != first["uuid"]
    assert again["top"] == first["top"][:2]
    assert caching.get(again["uuid"]) == again
    assert caching.client.get(f"/predictions/{again['uuid']}/image").content == COFFEE

    for image, fields in ((CAMERA, {}), (COFFEE, {"top_k": 20})):
        status, other = post(caching, image, **fields)
        assert (status, other["cached"]) == (202, False)
        assert caching.result(other["uuid"])["attempts"] == 1
    assert caching.rows("SELECT count(*) FROM predictions WHERE attempts = 0") == [(1,)]


def test_another_model_under_the_same_name_looks_for_itself(serve: Serve) -> None:
    service = serve(result_cache="true")
    service.result(service.submit(COFFEE))
    service.stop()
    service.settings["precision"] = "int8"
    service.start()
    service.wait_until_ready()
    assert not service.result(service.submit(COFFEE))["cached"]
    assert post(service, COFFEE)[1]["cached"]


def test_nothing_is_reused_by_default(serve: Serve) -> None:
    service = serve()
    service.result(service.submit(COFFEE))
    status, again = post(service, COFFEE)
    assert (status, again["cached"]) == (202, False)
    assert service.result(again["uuid"])["attempts"] == 1
    assert service.rows("SELECT count(*) FROM predictions WHERE image_hash IS NOT NULL") == [(0,)]
