"""The web page when something does not work."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import Serve
from tests.harness.browsing import GARBAGE, Picture, Visit, cards, coffee, drop, photograph_of_megapixels
from tests.harness.service import COFFEE, Service, eventually


def test_a_refused_upload_explains_itself(page: Page) -> None:
    drop(page, GARBAGE, Picture("notes.txt", b"Milk, bread", "text/plain"))

    refused = cards(page, "garbage.png")
    expect(refused).to_have_attribute("data-status", "refused")
    expect(refused).to_contain_text("Not accepted")
    expect(refused.locator(".note")).to_have_text("The data is not a JPEG, PNG, WebP, GIF or BMP image.")
    expect(cards(page, "notes.txt").locator(".note")).to_contain_text("not a picture")
    expect(page.locator("#live")).to_contain_text("was not accepted")
    refused.get_by_role("button", name="Remove garbage.png").click()
    expect(refused).to_have_count(0)


def test_a_picture_that_cannot_be_classified_explains_itself(page: Page) -> None:
    damaged = COFFEE[:2000] + bytes(len(COFFEE) - 4000) + COFFEE[-2000:]
    drop(page, Picture("damaged.png", damaged))

    failed = cards(page, "damaged.png")
    expect(failed).to_have_attribute("data-status", "failed")
    expect(failed.locator(".note")).to_have_text("The image cannot be decoded.")
    expect(failed.get_by_role("button", name="Retry damaged.png")).to_be_visible()


@pytest.mark.parametrize("limit", [{"max_image_pixels": 3_000_000}, {"decoding_memory_mb": 24}], ids=str)
def test_a_picture_of_too_many_pixels_is_shrunk_and_sent_again(
    visit: Visit, serve: Serve, limit: dict[str, int]
) -> None:
    service = serve(**limit)
    service.wait_until_ready()
    page = visit(service.url)
    drop(page, photograph_of_megapixels("wide.jpg"))

    card = cards(page, "wide.jpg")
    expect(card.locator(".open")).to_have_text("espresso")
    expect(card.locator(".note")).to_contain_text("Shrunk here before sending")


def test_without_a_camera_there_is_another_way(page: Page) -> None:
    page.get_by_role("button", name="Use the camera").click()

    expect(page.locator("#camera-dialog")).to_contain_text("does not let this page use the camera")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a picture instead").click()
    chooser.value.set_files(coffee("instead.png").payload)
    expect(cards(page, "instead.png").locator(".open")).to_have_text("espresso")


def test_a_lost_answer_does_not_make_a_second_prediction(page: Page, service: Service) -> None:
    def lose_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/inference/image*", lose_answer, times=1)
    drop(page, coffee("lost.png"))

    expect(cards(page, "lost.png").and_(page.locator('[data-status="succeeded"]'))).to_have_count(1)
    listed = service.client.get("/predictions", params={"limit": 100}).json()["predictions"]
    assert [prediction["name"] for prediction in listed].count("lost.png") == 1


def test_without_event_streams_the_label_comes_all_the_same(visit: Visit, service: Service) -> None:
    page = visit(service.url)
    page.route("**/events", lambda route: route.abort())
    drop(page, coffee("streamless.png"))

    expect(cards(page, "streamless.png").locator(".open")).to_have_text("espresso")


def test_a_key_is_asked_for_and_kept_for_the_session_only(visit: Visit, service: Service) -> None:
    def guard(route: Route) -> None:
        if route.request.headers.get("authorization") == "Bearer secret":
            route.continue_()
        else:
            route.fulfill(status=401, content_type="application/problem+json", body='{"detail": "A key is needed."}')

    page = visit(service.url)
    page.context.route(re.compile(r"/(predictions|inference)"), guard)
    page.reload()
    for key in ("wrong", "secret"):
        page.get_by_label("API key").fill(key)
        page.get_by_role("button", name="Use this key").click()
    drop(page, coffee("locked.png"))

    expect(cards(page, "locked.png").locator(".open")).to_have_text("espresso")
    assert page.evaluate("[Object.values(sessionStorage), Object.values(localStorage)]") == [["secret"], []]
    page.reload()
    # The picture is fetched with the key and then put in the place of nothing: until then there is none to decode.
    picture = cards(page, "locked.png").locator("img")
    eventually(lambda: picture.evaluate("image => image.naturalWidth") > 0)


def test_the_page_says_when_the_service_is_away(page: Page) -> None:
    page.context.set_offline(True)
    expect(page.locator("#banner")).to_contain_text("cannot be reached")
    page.context.set_offline(False)
    expect(page.locator("#banner")).to_be_hidden()
