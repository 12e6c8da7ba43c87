from ipaddress import ip_network

import pytest

from domain.errors import ForbiddenWebhook, InvalidField, WebhooksDisabled
from domain.webhooks.public_address import AddressPolicy
from domain.webhooks.webhook import Webhook, WebhookEvent, WebhookRules, WebhookUrl

URL = "https://example.com/hook"


HOSTS = {
    "https://example.com": "example.com",
    "HTTP://Example.COM:8080/a/b?c=d&e=%20#f": "example.com",
    "http://example.com./": "example.com",
    "http://xn--bcher-kva.example:65535": "xn--bcher-kva.example",
    "http://my_host": "my_host",
    "http://192.0.2.1:1/": "192.0.2.1",
    "http://[2001:DB8::1]:80/": "2001:db8::1",
    "https://1password.com/": "1password.com",
    "https://" + "a" * 2040: "a" * 2040,
}
REFUSED = [
    "",
    "example.com/hook",
    "/hook",
    "ftp://example.com/",
    "file:///etc/passwd",
    "https:example.com",
    "https:///hook",
    "https://user:password@example.com/",
    "https://@example.com/",
    "https://example.com@127.0.0.1/",
    "https://example.com:0/",
    "https://example.com:65536/",
    "https://example.com:port/",
    "https://exämple.com/",
    "https://exa mple.com/",
    "https://example.com/\r\nHost: elsewhere",
    "https://example.com\\@127.0.0.1/",
    "https://127.0.0.1%00.example.com/",
    "https://-.%2e/",
    "https://a..b/",
    "https://./",
    "http://2130706433/",
    "http://127.1/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://127.0.0.0x1/",
    "http://1.2.3.4.5/",
    "http://[fe80::1%25eth0]/",
    "http://[example.com]/",
    "http://[::1/",
    "https://" + "a" * 2041,
]


def test_an_absolute_url_is_a_webhook() -> None:
    webhooks = [WebhookUrl(url) for url in HOSTS]
    assert {str(webhook): webhook.host for webhook in webhooks} == HOSTS


def is_refused_without_repeating_it(url: str) -> bool:
    try:
        WebhookUrl(url)
    except InvalidField as refused:
        return refused.field == "webhook" and (not url or url not in refused.message)
    return False


def test_everything_else_is_refused_and_not_repeated() -> None:
    assert [url for url in REFUSED if not is_refused_without_repeating_it(url)] == []


def test_who_asks_for_no_webhook_gets_none() -> None:
    assert WebhookRules().accept(None, None) is None


def test_events_alone_are_a_mistake() -> None:
    with pytest.raises(InvalidField) as refused:
        WebhookRules(enabled=True).accept(None, frozenset(WebhookEvent))
    assert refused.value.field == "webhook_events"


def test_a_webhook_is_told_of_everything_unless_it_chooses() -> None:
    rules = WebhookRules(enabled=True)
    assert rules.accept(URL, None) == Webhook(WebhookUrl(URL), frozenset(WebhookEvent))
    assert rules.accept(URL, {WebhookEvent.FAILED}) == Webhook(WebhookUrl(URL), frozenset({WebhookEvent.FAILED}))


def test_without_a_secret_there_are_no_webhooks() -> None:
    with pytest.raises(WebhooksDisabled):
        WebhookRules().accept(URL, None)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "169.254.169.254", "localhost", "LOCALHOST.", "10.0.0.1"])
def test_what_plainly_leads_inward_is_refused_at_once(host: str) -> None:
    with pytest.raises(ForbiddenWebhook):
        WebhookRules(enabled=True).accept(f"http://{host}/", None)


def test_a_network_may_be_allowed() -> None:
    rules = WebhookRules(enabled=True, address_policy=AddressPolicy((ip_network("127.0.0.0/8"),)))
    assert rules.accept("http://127.0.0.1:8080/", None)


@pytest.mark.parametrize(
    "origin", ["http://a.b:22", "https://a.b:25", "http://a.b:1", "http://a.b:1023", "http://a.b:0444"]
)
def test_a_port_of_another_service_is_refused_at_once(origin: str) -> None:
    with pytest.raises(ForbiddenWebhook):
        WebhookRules(enabled=True).accept(f"{origin}/", None)


@pytest.mark.parametrize("origin", ["http://a.b", "https://a.b", "https://a.b:80", "http://a.b:443", "http://a.b:1024"])
def test_ports_of_the_web_and_high_ones_are_accepted(origin: str) -> None:
    assert WebhookRules(enabled=True).accept(f"{origin}/", None)


def test_other_ports_may_be_allowed() -> None:
    rules = WebhookRules(enabled=True, address_policy=AddressPolicy(ports=(range(443, 444), range(20, 23))))
    assert rules.accept("http://a.b:22/", None)
    with pytest.raises(ForbiddenWebhook):  # the port that the scheme stands for
        rules.accept("http://a.b/", None)
