"""The web page in a real browser, against the real service."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Produce
from tests.harness.browsing import Visit, cards, coffee, drop, jpegs, photograph_of_megabytes
from tests.harness.service import Service


def test_twenty_dropped_pictures_become_twenty_labels(page: Page, service: Service) -> None:
    drop(page, *jpegs("dropped", 20))

    expect(cards(page, "dropped")).to_have_count(20)
    done = cards(page, "dropped").and_(page.locator('[data-status="succeeded"]'))
    expect(done).to_have_count(20)
    expect(page.locator("#live")).to_contain_text("done")
    for card in done.all():
        truth = service.get(str(card.get_attribute("data-id")))
        assert card.locator(".open").inner_text() == truth["prediction"]
        assert card.locator(".bars .what").all_text_contents() == [top["label"] for top in truth["top"]]
    names = done.locator(".name").all_text_contents()
    assert names == sorted(names, reverse=True)
    expect(cards(page, "dropped-00").locator(".open")).to_have_text("espresso")
    expect(cards(page, "dropped-01").locator(".open")).to_have_text("tripod")


def test_a_reload_keeps_the_history(page: Page) -> None:
    drop(page, *jpegs("kept", 3))
    kept = cards(page, "kept").and_(page.locator('[data-status="succeeded"]'))
    expect(kept).to_have_count(3)
    before = kept.evaluate_all("cards => cards.map(card => [card.dataset.id, card.querySelector('.open').innerText])")

    page.reload()

    expect(kept).to_have_count(3)
    after = kept.evaluate_all("cards => cards.map(card => [card.dataset.id, card.querySelector('.open').innerText])")
    # Two were sent at once: the history has them as they were accepted, the page before it as they were dropped.
    assert sorted(after) == sorted(before)
    image = kept.first.locator("img")
    expect(image).to_have_attribute("src", re.compile(r"/predictions/[0-9a-f-]+/image$"))
    image.evaluate("image => image.decode()")


def test_a_photograph_of_several_megabytes_is_shrunk_and_says_so(page: Page) -> None:
    drop(page, photograph_of_megabytes("telephone.jpg"))

    card = cards(page, "telephone.jpg")
    expect(card).to_have_attribute("data-status", "succeeded")
    expect(card.locator(".note")).to_contain_text(re.compile(r"Shrunk here before sending: [\d.]+ MB → \d+ kB"))
    expect(card.locator(".open")).to_have_text("espresso")


def test_a_pasted_picture_is_taken(page: Page) -> None:
    page.evaluate(
        """bytes => {
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File([new Uint8Array(bytes)], "pasted.jpg", { type: "image/jpeg" }));
          document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        list(jpegs("pasted", 1)[0].content),
    )

    expect(cards(page, "pasted.jpg").locator(".open")).to_have_text("espresso")


def test_the_camera_takes_pictures(visit: Visit, service: Service) -> None:
    page = visit(service.url, permissions=["camera"])
    page.get_by_role("button", name="Use the camera").click()
    page.get_by_role("button", name="Take it").click()
    page.get_by_role("button", name="Done", exact=True).click()

    expect(cards(page, "camera-1.jpg").first).to_have_attribute("data-status", "succeeded")
    assert page.evaluate("document.querySelector('video').srcObject.active") is False


def test_older_pictures_are_shown_on_demand(visit: Visit, service: Service) -> None:
    for picture in jpegs("older", 26):
        service.submit(picture.content, name=picture.name)
    page = visit(service.url)
    expect(cards(page, "older")).to_have_count(24)

    page.get_by_role("button", name="Show older pictures").click()

    expect(cards(page, "older")).to_have_count(26)
    names = cards(page, "older").locator(".name").all_text_contents()
    assert names == sorted(names, reverse=True)


def test_a_picture_is_deleted_from_its_detail(page: Page, service: Service) -> None:
    drop(page, coffee("unwanted.png"))
    card = cards(page, "unwanted.png")
    expect(card).to_have_attribute("data-status", "succeeded")
    uuid = card.get_attribute("data-id")
    card.locator(".open").click()
    page.locator("#detail").get_by_role("button", name="Delete").click()
    page.locator("#confirm").get_by_role("button", name="Delete").click()

    expect(card).to_have_count(0)
    expect(page.locator("#detail")).to_be_hidden()
    assert service.client.get(f"/predictions/{uuid}").status_code == 404


def test_a_waiting_picture_is_canceled_and_retried(visit: Visit, produce: Produce) -> None:
    service = produce()
    page = visit(service.url)
    with page.expect_request("**/predictions/*/events"):
        drop(page, coffee("waiting.png"))
    card = cards(page, "waiting.png")
    expect(card).to_have_attribute("data-status", "queued")
    expect(page.locator('[data-part="waiting"]')).to_have_text("1")
    card.get_by_role("button", name="Cancel waiting.png").click()
    expect(card).to_have_attribute("data-status", "canceled")
    page.get_by_role("radio", name="Canceled").check()
    expect(card).to_be_visible()
    card.get_by_role("button", name="Retry waiting.png").click()
    expect(card).to_have_count(0)
    page.get_by_role("radio", name="All").check()

    service.start_worker()

    expect(card.locator(".open")).to_have_text("espresso")
