"""The documentation: complete, and without a word from the internet."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from application.accept.submit_prediction import SubmitPrediction
from tests.unit.http.world import World, ask

ASSETS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript", "docs.js": "text/javascript"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    content: dict[str, Any] = World().get("/openapi.json").json()
    return content


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def test_every_path_is_listed_once(document: dict[str, Any]) -> None:
    listed = {path: set(methods) for path, methods in document["paths"].items()}

    assert listed == {
        "/inference/image": {"post"},
        "/queue": {"get"},
        "/predictions/{uuid}/events": {"get"},
        "/predictions/{uuid}/webhooks": {"get"},
        "/inference/images": {"post"},
        "/predictions": {"get"},
        "/predictions/{uuid}": {"get", "delete"},
        "/predictions/{uuid}/image": {"get"},
        "/predictions/{uuid}/cancel": {"post"},
        "/predictions/{uuid}/retry": {"post"},
        "/": {"get"},
        "/health/live": {"get"},
        "/health/ready": {"get"},
    }
    names = [operation["operationId"] for operation in operations(document)]
    assert len(set(names)) == len(names)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    references = set(re.findall(r"'\$ref': '#/components/schemas/(\w+)'", str(document)))

    assert {"Submission", "Problem", "PredictionBody", "ReadinessBody"} <= references
    assert references <= set(schemas)
    assert "HTTPValidationError" not in schemas


def test_the_business_rules_are_the_description(document: dict[str, Any]) -> None:
    submit = document["paths"]["/inference/image"]["post"]

    assert submit["summary"] == "Submit a picture for classification"
    assert " ".join(submit["description"].split()) in " ".join((SubmitPrediction.__doc__ or "").split())


def test_what_is_posted_to_webhooks_is_documented(document: dict[str, Any]) -> None:
    message = document["webhooks"]["prediction"]["post"]

    assert message["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/PredictionBody")
    assert [header["name"] for header in message["parameters"]] == [
        "webhook-id", "webhook-timestamp", "webhook-signature",
    ]  # fmt: skip


def test_every_way_to_submit_is_documented(document: dict[str, Any]) -> None:
    submit = document["paths"]["/inference/image"]["post"]

    assert {"application/json", "image/jpeg", "image/bmp"} <= set(submit["requestBody"]["content"])
    assert [parameter["name"] for parameter in submit["parameters"]] == [
        "Idempotency-Key",
        "Prefer",
        "name",
        "model",
        "top_k",
        "priority",
        "expires_in",
        "webhook",
        "webhook_events",
    ]
    assert set(submit["responses"]) == {
        "200", "202", "400", "401", "403", "408", "413", "415", "422", "429", "431", "503", "507", "default",
    }  # fmt: skip
    assert "Location" in submit["responses"]["202"]["headers"]


def test_the_list_s_parameters_are_documented_as_they_can_be_sent(document: dict[str, Any]) -> None:
    parameters = {parameter["name"]: parameter for parameter in document["paths"]["/predictions"]["get"]["parameters"]}

    assert {name: parameter["schema"] for name, parameter in parameters.items()} == {
        "status": {"$ref": "#/components/schemas/PredictionStatus"},
        "model": {"type": "string", "maxLength": 255},
        "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
        "cursor": {"type": "string"},
    }
    assert all(parameter["in"] == "query" and not parameter["required"] for parameter in parameters.values())
    assert all(parameter["description"] for parameter in parameters.values())


def test_several_pictures_are_documented_as_one_is(document: dict[str, Any]) -> None:
    operation = document["paths"]["/inference/images"]["post"]
    shape = document["components"]["schemas"]["Batch"]

    assert operation["requestBody"]["content"] == {
        "application/json": {"schema": {"$ref": "#/components/schemas/Batch"}}
    }
    assert shape["additionalProperties"] is False
    assert shape["properties"]["images"]["items"] == {"$ref": "#/components/schemas/Submission"}
    assert (shape["properties"]["images"]["minItems"], shape["properties"]["images"]["maxItems"]) == (1, 32)


# Missing key, missing scope, slow or large headers, a part of the service away.
ALWAYS = ("401", "403", "408", "431", "503")
MANAGING = [
    ("/predictions", "get", {"200", "422", *ALWAYS}),
    ("/predictions/{uuid}", "delete", {"204", "404", *ALWAYS}),
    ("/predictions/{uuid}/image", "get", {"200", "404", *ALWAYS}),
    ("/predictions/{uuid}/cancel", "post", {"200", "404", "409", *ALWAYS}),
    ("/predictions/{uuid}/retry", "post", {"200", "404", "409", "429", *ALWAYS}),
    ("/inference/images", "post", {"202", "400", "408", "413", "422", "429", *ALWAYS, "507"}),
]


@pytest.mark.parametrize(("path", "method", "statuses"), MANAGING)
def test_every_answer_is_documented(document: dict[str, Any], path: str, method: str, statuses: set[str]) -> None:
    operation = document["paths"][path][method]

    assert set(operation["responses"]) == statuses | {"default"}
    assert operation["description"]


def test_a_picture_is_documented_as_one(document: dict[str, Any]) -> None:
    answer = document["paths"]["/predictions/{uuid}/image"]["get"]["responses"]["200"]

    assert set(answer["content"]) == {"image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp"}


def test_every_refusal_is_a_problem(document: dict[str, Any]) -> None:
    refusals = [
        response
        for operation in operations(document)
        for status, response in operation["responses"].items()
        if status == "default" or (status >= "400" and "ReadinessBody" not in str(response))
    ]

    assert len(refusals) > 10
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    assert all(response["content"] == {"application/problem+json": problem} for response in refusals)


def test_an_answer_has_the_documented_shape(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    assert set(schemas["Submission"]["properties"]) == {
        *("name", "data", "model", "top_k", "priority", "expires_in", "webhook", "webhook_events")
    }
    assert schemas["Submission"]["additionalProperties"] is False
    problem = World().submit_json(top_k=0).json()
    assert set(problem) == set(schemas["Problem"]["properties"])


@pytest.mark.parametrize("path", ["/docs", "/docs/"])
def test_the_page_and_all_it_loads_come_from_this_service(path: str) -> None:
    app = World().app
    page = ask(app, "GET", path)

    assert page.headers["content-type"].startswith("text/html")
    assert "//" not in page.text
    loaded = re.findall(r'(?:src|href|data-openapi)="(/[^"]*)"', page.text)
    assert len(loaded) == 5
    assert all(ask(app, "GET", address).status_code == 200 for address in loaded)


def test_the_page_allows_no_inline_script_and_no_other_host() -> None:
    page = World().get("/docs")

    assert "<script>" not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "http" not in policy


@pytest.mark.parametrize(("name", "media_type"), ASSETS.items())
def test_the_assets_are_served_packed_and_unpacked(name: str, media_type: str) -> None:
    app = World().app
    plain = ask(app, "GET", f"/docs/{name}", headers={"Accept-Encoding": "identity"})
    packed = ask(app, "GET", f"/docs/{name}", headers={"Accept-Encoding": "gzip"})

    assert plain.headers["content-type"].startswith(media_type)
    assert "content-encoding" not in plain.headers
    assert plain.content == packed.content  # httpx unpacks it
    assert len(plain.content) > 100


def test_the_page_works_behind_a_prefix() -> None:
    app = World().app
    app.root_path = "/vision"

    assert 'src="/vision/docs/docs.js"' in ask(app, "GET", "/vision/docs/").text
    assert ask(app, "GET", "/vision/").json()["status"] == "ok"
