"""Names in the `Host` header: the forms of it, and which of them are ours."""

import pytest

from adapters.http.browsers.host_list import HostList, host_name, parse_pattern
from adapters.http.browsers.origins import is_own, parse_origin

# Header, and its name. None: not one host.
FORMS = {
    "localhost": "localhost",
    "LocalHost:5000": "localhost",
    "localhost.": "localhost",
    "localhost.:5000": "localhost",
    "localhost:": "localhost",
    "127.0.0.1:5000": "127.0.0.1",
    "[::1]": "::1",
    "[::1]:5000": "::1",
    "[FE80::1%25eth0]:5000": "fe80::1%25eth0",
    "[::ffff:127.0.0.1]": "::ffff:127.0.0.1",
    "EVIL.example": "evil.example",
    "my_machine": "my_machine",
    "xn--bcher-kva.example": "xn--bcher-kva.example",
    "": None,
    " ": None,
    ":5000": None,
    "localhost:x": None,
    "localhost:123456": None,
    "localhost:5000:5000": None,
    "localhost..": None,
    ".localhost": None,
    "a..b": None,
    "-a.example": None,
    "a" * 64 + ".example": None,
    ".".join(["a" * 50] * 6): None,
    "user@localhost": None,
    "localhost@evil.example": None,
    "evil.example#localhost": None,
    "localhost/": None,
    "localhost\\evil.example": None,
    "localhost, evil.example": None,
    "localhost evil.example": None,
    "localhost\x00": None,
    "localhost\n": None,
    "b\u00fccher.example": None,
    "::1": None,
    "[::1": None,
    "[::1]x": None,
    "[localhost]": None,
    "[127.0.0.1]extra": None,
    "[:::]": None,
    "[v1.x]": None,
    "*": None,
    "*.localhost": None,
}


@pytest.mark.parametrize(("header", "name"), FORMS.items())
def test_a_header_is_one_host_or_none(header: str, name: str | None) -> None:
    assert host_name(header) == name


def allowed(names: list[str], *patterns: str) -> list[str]:
    return [name for name in names if HostList(patterns).allows(name)]


def test_addresses_and_the_names_of_this_machine_are_always_allowed() -> None:
    names = [
        "localhost",
        "photos.localhost",
        "127.0.0.1",
        "127.9.9.9",
        "192.168.1.7",
        "203.0.113.9",
        "::1",
        "fe80::1%eth0",
    ]

    assert allowed(names) == names


# What somebody can register, or point at this machine.
REBINDING = [
    "evil.example",
    "127.0.0.1.nip.example",
    "127-0-0-1.sslip.example",
    "localhost.evil.example",
    "notlocalhost",
    "localhost.localdomain",
    "evil-localhost",
    "127.0.0.1.",
    "0x7f.0.0.1",
    "2130706433",
    "127.1",
    "127.0.0.01",
    "",
]


def test_no_other_name_is_allowed_by_itself() -> None:
    assert allowed(REBINDING) == []


def test_a_name_is_allowed_with_all_below_it_only_if_it_says_so() -> None:
    names = ["example.org", "a.example.org", "b.a.example.org", "badexample.org", "example.org.evil.example"]

    assert allowed(names, "Example.org.") == ["example.org"]
    assert allowed(names, "*.example.org") == ["a.example.org", "b.a.example.org"]
    assert allowed(names, "*") == names


@pytest.mark.parametrize(
    "text", ["", "*.", "*.*", "a*.example.org", "example.org:5000", "https://example.org", "a b", "b\u00fccher.example"]
)
def test_what_is_no_name_is_refused_as_a_setting(text: str) -> None:
    with pytest.raises(ValueError, match="not a host name"):
        parse_pattern(text)
    with pytest.raises(ValueError, match="not a host name"):
        HostList((text,))


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://photos.example.org", "https://photos.example.org"),
        ("HTTPS://Photos.Example.org:443", "https://photos.example.org"),
        ("http://photos.example.org:443", "http://photos.example.org:443"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:80", "http://[::1]"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(text: str, origin: str) -> None:
    assert parse_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "null",
        "example.org",
        "https://",
        "https://example.org/",
        "https://example.org/page",
        "https://u:p@example.org",
        "https://example.org?a",
        "ftp://example.org",
        "file://",
        "https://*.example.org",
        "https://[x",
        "https://a:99999",
    ],
)
def test_what_is_no_origin_is_refused_as_a_setting(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_origin(text)


@pytest.mark.parametrize(
    ("origin", "host", "own"),
    [
        ("http://localhost:5000", "localhost:5000", True),
        ("http://localhost:5000", "LOCALHOST:5000", True),
        ("https://photos.example.org", "photos.example.org", True),
        ("https://photos.example.org", "photos.example.org:443", True),
        ("http://photos.example.org", "photos.example.org:80", True),
        ("http://photos.example.org", "photos.example.org:443", False),
        ("http://localhost:8080", "localhost:5000", False),
        ("http://localhost", "localhost:5000", False),
        ("http://127.0.0.1:5000", "localhost:5000", False),
        ("https://evil.example", "localhost:5000", False),
        ("chrome-extension://abcdef", "localhost:5000", False),
        ("null", "localhost:5000", False),
        ("null", "", False),
        ("", "", False),
        ("http://", "", False),
    ],
)
def test_an_origin_is_compared_with_the_host(origin: str, host: str, own: bool) -> None:
    assert is_own(origin, host) is own
