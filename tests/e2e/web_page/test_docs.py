"""The documentation page of a service that needs keys: Swagger UI in a real browser."""

from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Serve
from tests.harness.service import COFFEE


def test_authorize_sends_the_key_within_the_page_s_policy(browser: Browser, serve: Serve) -> None:
    service = serve(access="keys")
    service.wait_until_ready()
    uuid = service.submit(COFFEE)
    page = browser.new_context().new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if "policy" in message.text.lower() else None)
    page.goto(f"{service.url}/docs")

    for scheme in ("bearer", "api_key"):
        page.get_by_role("button", name="Authorize").first.click()
        form = page.locator(".auth-container").filter(has_text=scheme)
        form.get_by_role("textbox").fill(service.key)
        form.get_by_role("button", name="Apply credentials").click()
        page.get_by_role("button", name="Close").click()
        page.locator(".opblock-summary", has_text="/queue").click()
        page.get_by_role("button", name="Try it out").click()
        page.get_by_role("button", name="Execute").click()
        expect(page.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
        page.reload()

    assert service.key not in page.content()
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert troubles == []
    assert service.get(uuid)["uuid"] == uuid
    page.context.close()
