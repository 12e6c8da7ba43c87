"""The documentation page of a service that needs keys: Swagger UI in a real browser."""

from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Serve
from tests.harness.service import COFFEE


def test_authorize_sends_the_key_within_the_page_s_policy(browser: Browser, serve: Serve) -> None:
    service = serve(access="keys")
    service.wait_until_ready()
    uuid = service.submit(COFFEE)
    context = browser.new_context()
    troubles: list[str] = []
    context.on("weberror", lambda error: troubles.append(str(error.error)))
    context.on("console", lambda message: troubles.append(message.text) if "policy" in message.text.lower() else None)
    for scheme in ("bearer", "api_key"):
        page = context.new_page()
        page.goto(f"{service.url}/docs")
        page.get_by_role("button", name="Authorize").first.click()
        form = page.locator(".auth-container").filter(has_text=scheme)
        form.get_by_role("textbox").fill(service.key)
        form.get_by_role("button", name="Apply credentials").click()
        form.get_by_role("button", name="Close").click()
        page.locator(".opblock-summary", has_text="/queue").click()
        page.get_by_role("button", name="Try it out").click()
        page.get_by_role("button", name="Execute").click()
        expect(page.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
        assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
        page.close()

    assert troubles == []
    assert service.get(uuid)["uuid"] == uuid
    context.close()
