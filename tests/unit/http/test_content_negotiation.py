"""Content negotiation between the page and JSON."""

import pytest

from adapters.http.requests.content_negotiation import prefers_html

CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    "accept",
    [
        CHROME,
        "text/html",
        "TEXT/HTML",
        "text/html, */*",
        "text/html;charset=utf-8;q=0.9, application/json; q=0.8",
        "text/*",
        "text/html;q=0.1",
    ],
)
def test_who_names_html_gets_the_page(accept: str) -> None:
    assert prefers_html(accept)


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "application/json",
        "application/json, text/html;q=0.9",
        "text/html;q=0.5, */*",
        "text/html;q=0.5, application/*;q=0.6",
        "text/html;q=0",
        "text/html;q=none",
        "text/plain",
        "text/htmlx",
        ",;,;q=",
    ],
)
def test_everybody_else_gets_json(accept: str) -> None:
    assert not prefers_html(accept)
