"""Refusals: with a status, in one sentence, without an echo, and without leaving anything."""

import base64

import pytest

from tests.harness.bombs import webp_header
from tests.harness.builders import png
from tests.unit.http.world import DATA, MARK, MAX_BYTES, PICTURE, World, assert_problem, body

JPEG_WITHOUT_END = bytes.fromhex("ffd8ffc0000b080002000201011100ffda000801010000003f00d2")
SVG = f'<svg xmlns="http://www.w3.org/2000/svg"><!-- {MARK} --></svg>'.encode()


def with_image(image: bytes) -> bytes:
    return body(name=MARK, data=base64.b64encode(image).decode())


REFUSED = [
    pytest.param(b"", 400, "malformed_json", id="empty body"),
    pytest.param(MARK.encode(), 400, "malformed_json", id="not JSON"),
    pytest.param(b'{"name": "' + MARK.encode(), 400, "malformed_json", id="cut off"),
    pytest.param(b'{"name": "\xff"}', 400, "malformed_json", id="not UTF-8"),
    pytest.param(b"[" * 4_000, 400, "malformed_json", id="deep list"),
    pytest.param(b"[" * 10_000, 422, "too_many_values", id="deeper list"),
    pytest.param(b'{"a":[' + b"0," * 8_000 + b"0]}", 422, "too_many_values", id="long list"),
    pytest.param(b'{"data":"\n","top_k":%s}' % (b"9" * 30), 400, "malformed_json", id="long number, raw line break"),
    pytest.param(b'{"data":"AAAA\xc3\xa9"}', 422, "not_base64", id="no ASCII"),
    pytest.param(b'{"data":' * 2_000, 400, "malformed_json", id="deep object"),
    pytest.param(b'{"top_k": %s}' % (b"9" * 5000), 400, "malformed_json", id="endless number"),
    pytest.param(body(data=DATA)[:-1] + b', "data": NaN}', 422, "invalid_field", id="not a number"),
    pytest.param(b'"%s"' % MARK.encode(), 422, "invalid_field", id="a string"),
    pytest.param(b"[]", 422, "invalid_field", id="a list"),
    pytest.param(b"null", 422, "invalid_field", id="null"),
    pytest.param(body(name=MARK), 422, "invalid_field", id="no data"),
    pytest.param(body(name=MARK, data=None), 422, "invalid_field", id="null data"),
    pytest.param(body(data=[MARK]), 422, "invalid_field", id="data is a list"),
    pytest.param(body(data=DATA, name=MARK * 29), 422, "invalid_field", id="long name"),
    pytest.param(b'{"data": "", "name": "\\ud800"}', 422, "invalid_field", id="half a surrogate pair"),
    pytest.param(body(data=DATA, model="x" * 256), 422, "invalid_field", id="long model"),
    pytest.param(body(data=DATA, top_k=0), 422, "invalid_field", id="top_k 0"),
    pytest.param(body(data=DATA, top_k=21), 422, "invalid_field", id="top_k 21"),
    pytest.param(body(data=DATA, top_k=10**30), 422, "invalid_field", id="huge top_k"),
    pytest.param(body(data=DATA, top_k=True), 422, "invalid_field", id="top_k true"),
    pytest.param(body(data=DATA, top_k="5"), 422, "invalid_field", id="top_k as text"),
    pytest.param(body(data=DATA, top_k=5.0), 422, "invalid_field", id="top_k with a point"),
    pytest.param(body(data=DATA, priority=-1), 422, "invalid_field", id="priority -1"),
    pytest.param(body(data=DATA, priority=10), 422, "invalid_field", id="priority 10"),
    pytest.param(body(data=DATA, priority="high"), 422, "invalid_field", id="priority in words"),
    pytest.param(body(data=DATA, expires_in=0), 422, "invalid_field", id="expires_in 0"),
    pytest.param(body(data=DATA, expires_in=604_801), 422, "invalid_field", id="expires_in of more than a week"),
    pytest.param(body(data=DATA, expires_in=10**30), 422, "invalid_field", id="huge expires_in"),
    pytest.param(body(data=DATA, expires_in="60"), 422, "invalid_field", id="expires_in as text"),
    pytest.param(body(data=DATA, colour=MARK), 422, "invalid_field", id="unknown field"),
    pytest.param(body(data=DATA, model=MARK), 422, "unknown_model", id="unknown model"),
    pytest.param(body(data=MARK + "!"), 422, "not_base64", id="not base64"),
    pytest.param(body(data=DATA.rstrip("=") + "A" * 3), 422, "not_base64", id="no padding"),
    pytest.param(body(data=DATA + "===="), 422, "not_base64", id="too much padding"),
    pytest.param(body(data=DATA[:8] + " " + DATA[8:]), 422, "not_base64", id="space in base64"),
    pytest.param(body(data="QUJ-_Q=="), 422, "not_base64", id="the URL alphabet"),
    pytest.param(body(data="\u00e9" * 4), 422, "not_base64", id="not ASCII"),
    pytest.param(b'{"data": "\\ud800"}', 422, "not_base64", id="half a surrogate pair in data"),
    pytest.param(body(data="data:text/html;base64," + DATA), 422, "not_base64", id="data URL of a page"),
    pytest.param(body(data="data:image/png," + DATA), 422, "not_base64", id="data URL without base64"),
    pytest.param(body(name=MARK, data=""), 422, "image_empty", id="empty"),
    pytest.param(with_image(MARK.encode()), 415, "image_unsupported", id="text"),
    pytest.param(with_image(SVG), 415, "image_unsupported", id="SVG"),
    pytest.param(with_image(JPEG_WITHOUT_END), 422, "image_truncated", id="truncated JPEG"),
    pytest.param(with_image(png(end=False)), 422, "image_truncated", id="truncated PNG"),
    pytest.param(with_image(png(30_000, 30_000)), 422, "image_too_many_pixels", id="30,000 x 30,000 PNG"),
    pytest.param(with_image(webp_header(6324, 6324)), 422, "image_too_expensive", id="34 bytes, 40 million pixels"),
    pytest.param(with_image(png(0, 1)), 422, "image_undecodable", id="no pixels"),
    pytest.param(with_image(PICTURE.ljust(MAX_BYTES + 1)), 413, "image_too_large", id="one byte over the limit"),
    pytest.param(body(data="A" * 40_000), 413, "body_too_large", id="large body"),
]


@pytest.fixture(scope="module")
def world() -> World:
    """One for all: what a refusal leaves behind fails the test at which it happens."""
    return World()


@pytest.mark.parametrize(("content", "status", "code"), REFUSED)
def test_a_bad_body_is_refused(world: World, content: bytes, status: int, code: str) -> None:
    answer = world.submit(content)

    assert_problem(answer, status, code)
    assert world.is_empty()


REFUSED_IMAGES = [
    pytest.param(b"", "", 422, "image_empty", id="empty"),
    pytest.param(body(data=DATA), "", 415, "image_unsupported", id="JSON, which is not looked at"),
    pytest.param(SVG, "", 415, "image_unsupported", id="SVG"),
    pytest.param(PICTURE.ljust(MAX_BYTES + 1), "", 413, "image_too_large", id="one byte over the limit"),
    pytest.param(PICTURE, "?top_k=many", 422, "invalid_field", id="top_k is no number"),
    pytest.param(PICTURE, "?top_k=" + "9" * 5000, 422, "invalid_field", id="endless top_k"),
    pytest.param(PICTURE, "?top_k=21", 422, "invalid_field", id="top_k 21"),
    pytest.param(PICTURE, "?expires_in=1.5", 422, "invalid_field", id="expires_in with a fraction"),
    pytest.param(PICTURE, f"?name={MARK * 29}", 422, "invalid_field", id="long name"),
    pytest.param(PICTURE, f"?data={MARK}", 422, "invalid_field", id="data in the query"),
    pytest.param(PICTURE, f"?model={MARK}", 422, "unknown_model", id="unknown model"),
]


@pytest.mark.parametrize(("content", "query", "status", "code"), REFUSED_IMAGES)
def test_a_bad_image_body_is_refused(world: World, content: bytes, query: str, status: int, code: str) -> None:
    answer = world.submit(content, "image/svg+xml", query)

    assert_problem(answer, status, code)
    assert world.is_empty()


@pytest.mark.parametrize(
    ("content", "errors"),
    [
        (b"[]", [("", "The request body is not a JSON object.")]),
        (b"{}", [("data", "The field data is missing.")]),
        (body(data="!"), [("data", "The field data is not valid base64.")]),
        (body(data="", colour=1), [("colour", "The field colour is not known.")]),
        (body(data="", top_k=99), [("top_k", "The field top_k is not between 1 and 20.")]),
        (body(data="", priority=10), [("priority", "The field priority is not between 0 and 9.")]),
        (body(data="", expires_in=-1), [("expires_in", "The field expires_in is not between 1 and 604800.")]),
        (body(data="", name="x" * 256), [("name", "The field name has more than 255 characters.")]),
        (body(data="", **{f"<b>{MARK}": 1}), [("", "The name of a field is not known.")]),
        (body(data="", **{"a" * 33: 1}), [("", "The name of a field is not known.")]),
        (
            body(name=1, top_k="x"),
            [
                ("name", "The field name is not a string."),
                ("top_k", "The field top_k is not a whole number."),
                ("data", "The field data is missing."),
            ],
        ),
    ],
)
def test_the_fields_at_fault_are_named(content: bytes, errors: list[tuple[str, str]]) -> None:
    problem = World().submit(content).json()

    assert problem["errors"] == [{"field": field, "message": message} for field, message in errors]
    several = "Several fields of the request are not valid."
    assert problem["detail"] == (errors[0][1] if len(errors) == 1 else several)


def test_a_thousand_wrong_fields_get_a_short_answer() -> None:
    answer = World().submit(body(**{f"field_{i}": i for i in range(1000)}))

    assert_problem(answer, 422, "invalid_field")
    assert len(answer.json()["errors"]) == 10
