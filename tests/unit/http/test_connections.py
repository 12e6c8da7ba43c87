"""Connections of clients that are hostile, slow, or merely odd."""

import json
import logging
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from adapters.http.server.connection_limits import ConnectionLimits, connections_within
from tests.harness.raw_http import RawAnswer, connect, connections, read, talk
from tests.unit.http.connected import served

LIMITS = ConnectionLimits(max_connections=50, max_header_bytes=2048, header_timeout=0.5, write_timeout=0.5)
GET = b"GET /x HTTP/1.1\r\nHost: h\r\n"
POST = b"POST /x HTTP/1.1\r\nHost: h\r\n"
LAST = b"Connection: close\r\n\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served(LIMITS) as url:
        yield url


def problem(answer: RawAnswer) -> tuple[int, str]:
    head, _, body = answer.text.partition(b"\r\n\r\n")
    assert answer.closed, answer
    assert b"connection: close" in head
    assert b"content-type: application/problem+json" in head
    found = json.loads(body)
    assert [found["status"]] == answer.statuses
    return found["status"], found["code"]


def seen(answer: RawAnswer) -> dict[str, object]:
    assert answer.statuses == [200], answer
    found: dict[str, object] = json.loads(answer.text.partition(b"\r\n\r\n")[2])
    return found


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_plain_request_is_answered(url: str) -> None:
    answer = talk(url, POST + b"Content-Length: 5\r\n" + LAST + b"hello")

    assert (seen(answer)["body"], seen(answer)["path"]) == ("hello", "/x")
    assert b"\r\ndate: " in answer.text


@pytest.mark.parametrize(
    "pieces",
    [
        [GET + b"X: " + b"a" * 3000 + b"\r\n\r\n"],
        [GET + b"X: ", *[b"a" * 1000] * 3],
        [b"GET /" + b"a" * 3000 + b" HTTP/1.1\r\nHost: h\r\n\r\n"],
        [b"GET /", *[b"a" * 1000] * 3],
        [GET + b"".join(b"a%d:b\r\n" % number for number in range(200)) + b"\r\n"],
        [b"\r\n" * 500] * 3,
        [GET + b"\r\n" + GET + b"X: ", *[b"a" * 1000] * 3][1:],
    ],
    ids=["one header", "unfinished header", "address", "unfinished address", "many headers", "blank lines", "no begin"],
)
def test_more_than_a_head_may_have_is_refused(url: str, pieces: list[bytes]) -> None:
    expected = (400, "malformed_request") if pieces[0].startswith(b"aaa") else (431, "headers_too_large")

    assert problem(talk(url, *pieces, pause=0.02)) == expected


def test_a_head_just_within_the_limit_is_taken(url: str) -> None:
    assert seen(talk(url, GET + b"X: " + b"a" * 1900 + b"\r\n" + LAST))["path"] == "/x"


def test_400_megabytes_of_headers_are_not_read(url: str) -> None:
    with connect(url) as connection, suppress(ConnectionError):
        connection.sendall(GET)
        for _ in range(400):
            connection.sendall(b"X: " + b"a" * 1_048_576 + b"\r\n")
        pytest.fail("it was all read")


@pytest.mark.parametrize("pieces", [[b"\r\n"], [b"GET / HT"], [GET + b"X: a"]])
def test_a_slow_head_is_refused(url: str, pieces: list[bytes]) -> None:
    started = time.monotonic()

    assert problem(talk(url, *pieces)) == (408, "header_timeout")
    assert 0.5 <= time.monotonic() - started < 5


def test_a_head_that_drips_is_refused(url: str) -> None:
    assert problem(talk(url, GET, *[b"a"] * 30, pause=0.1)) == (408, "header_timeout")


def test_a_silent_connection_is_closed(url: str) -> None:
    assert talk(url) == (b"", True)


def test_a_blank_line_does_not_keep_an_idle_connection(url: str) -> None:
    answer = talk(url, GET + b"\r\n", b"\r\n", pause=0.3)

    assert answer.statuses == [200, 408]
    assert answer.closed


@pytest.mark.parametrize(
    "head",
    [
        POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        CHUNKED + b"1\nx\r\n0\r\n\r\n",
        CHUNKED + b"-1\r\nx\r\n0\r\n\r\n",
        GET + b"X: a\r\n folded\r\n\r\n",
        GET + b"X: a\0b\r\n\r\n",
        GET + b"X: a\rb\r\n\r\n",
        GET + b"X : a\r\n\r\n",
        GET + b"Host: other\r\n\r\n",
        b"GET /x HTTP/1.1\r\n\r\n",
        b"GET /x HTTP/1.1\nHost: h\n\n",
        b"GET /x\r\n\r\n",
        b"GET /x HTTP/1.2\r\n\r\n",
        b"GET ftp://h/x HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET http:// HTTP/1.1\r\nHost: h\r\n\r\n",
        b"CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_no_clear_http_is_refused(url: str, head: bytes) -> None:
    assert problem(talk(url, head)) == (400, "malformed_request")


@pytest.mark.parametrize(
    ("target", "path", "host"),
    [
        (b"http://other/x?y", "/x", "other"),
        (b"http://other", "/", "other"),
        (b"http://[::1]:81/x", "/x", "[::1]:81"),
        (b"//other/x", "//other/x", "h"),
    ],
)
def test_the_host_of_an_absolute_address_counts(url: str, target: bytes, path: str, host: str) -> None:
    answer = seen(talk(url, b"GET " + target + b" HTTP/1.1\r\nHost: h\r\n" + LAST))

    assert (answer["path"], answer["host"]) == (path, host)


def test_a_trailer_is_no_header(url: str) -> None:
    answer = seen(talk(url, CHUNKED.replace(b"\r\n\r\n", b"\r\n" + LAST) + b"1\r\na\r\n0\r\nX-Evil: 1\r\n\r\n"))

    assert answer["body"] == "a"
    assert "x-evil" not in str(answer["names"])


@pytest.mark.parametrize("start", [b"1\r\na\r\n0\r\nX-Evil: ", b"1;a="], ids=["trailer", "chunk extension"])
def test_what_is_neither_head_nor_body_is_limited_too(url: str, start: bytes) -> None:
    assert problem(talk(url, CHUNKED, start, *[b"a" * 1000] * 4, pause=0.02)) == (431, "headers_too_large")


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
def test_a_wish_for_another_protocol_is_ignored(url: str, protocol: bytes, caplog: pytest.LogCaptureFixture) -> None:
    wish = b"Upgrade: " + protocol + b"\r\nHTTP2-Settings: AAA\r\nX-Mine: 1\r\nConnection: upgrade"
    first, last = (
        POST + wish + b"\r\nContent-Length: 5\r\n\r\nhello",
        POST + wish + b", close\r\nContent-Length: 2\r\n\r\nho",
    )

    answer = talk(url, first, last[:20], last[20:], pause=0.05)

    assert answer.statuses == [200, 200]
    assert answer.closed
    assert b'"body": "hello"' in answer.text
    assert b'"body": "ho"' in answer.text
    assert b"x-mine" in answer.text
    assert b"upgrade" not in answer.text
    assert warnings(caplog) == []


def test_requests_ahead_of_the_answer_are_answered_in_turn(url: str) -> None:
    answer = talk(url, b"".join(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % number for number in range(10)), seconds=1)

    assert answer.statuses == [200] * 10
    assert [b'"path": "/%d"' % number in answer.text for number in range(10)] == [True] * 10


def test_too_many_requests_ahead_of_the_answer_close_the_connection(url: str) -> None:
    waiting = GET.replace(b"/x", b"/wait") + b"\r\n"

    answer = talk(url, waiting + (GET + b"\r\n") * 1000)

    assert answer.statuses == [200] * (1 + LIMITS.MAX_PIPELINED)
    assert answer.closed


def test_an_answer_is_finished_before_what_comes_after_it_is_refused(url: str) -> None:
    answer = talk(url, GET.replace(b"/x", b"/wait") + b"\r\n", b"rubbish\r\n\r\n", pause=0.1)

    assert answer.statuses == [200]
    assert answer.closed


def test_a_long_body_behind_another_request_is_answered_in_turn_or_the_connection_closed(url: str) -> None:
    long_body = POST + b"Content-Length: 200000\r\n\r\n" + b"a" * 200_000

    answer = talk(url, GET.replace(b"/x", b"/wait") + b"\r\n" + long_body, seconds=2)

    # It depends on how much of it arrived at once.
    assert answer.statuses == ([200] if answer.closed else [200, 200])


def test_the_body_of_a_get_is_thrown_away(url: str) -> None:
    answer = seen(talk(url, GET + b"Content-Length: 200000\r\n" + LAST + b"a" * 200_000))

    assert answer["body"] == ""


def test_a_client_that_does_not_read_is_cut_off(url: str) -> None:
    with connect(url) as connection:
        connection.sendall(GET.replace(b"/x", b"/big") + b"\r\n")
        time.sleep(3)
        answer = read(connection)

    assert answer.closed
    assert len(answer.text) < 8_000_000


def test_a_connection_above_the_limit_takes_the_place_of_a_silent_one() -> None:
    with served(ConnectionLimits(max_connections=5)) as url, connections(url, 5) as silent:
        time.sleep(0.1)
        assert talk(url, GET + LAST).statuses == [200]
        assert read(silent[0], 1).closed
        assert not read(silent[1], 0.1).closed


def test_where_all_are_busy_one_more_is_refused_and_learns_it() -> None:
    with served(ConnectionLimits(max_connections=5)) as url, connections(url, 5) as busy:
        for connection in busy:
            connection.sendall(GET.replace(b"/x", b"/wait") + b"\r\n")
        time.sleep(0.1)
        answers = [talk(url, GET + LAST) for _ in range(3)]
        assert [problem(answer) for answer in answers] == [(503, "too_many_connections")] * 3
        assert all(b"retry-after: 5\r\n" in answer.text for answer in answers)
        assert [read(connection, 1).statuses for connection in busy] == [[200]] * 5
        assert talk(url, GET + LAST).statuses == [200]


@pytest.mark.parametrize("slow", [POST + b"Content-Length: 9\r\n\r\na", GET.replace(b"/x", b"/big") + b"\r\n"])
def test_where_all_are_busy_the_client_that_is_waited_for_the_longest_gives_way(slow: bytes) -> None:
    with served(ConnectionLimits(max_connections=2)) as url, connections(url, 2) as busy:
        for connection in busy:
            connection.sendall(slow)
            time.sleep(0.3)
        assert talk(url, GET + LAST).statuses == [200]
        first, second = read(busy[0], 1), read(busy[1], 0.5)

    assert first.closed
    assert len(first.text) < 8_000_000
    assert b"too_many_connections" in first.text or first.statuses == [200]
    assert not (second.closed and second.text == b"")


def test_a_client_that_leaves_with_requests_ahead_ends_them(caplog: pytest.LogCaptureFixture) -> None:
    with served(LIMITS) as url:
        with connect(url) as connection:
            connection.sendall((GET.replace(b"/x", b"/big") + b"\r\n") * 5)
            time.sleep(0.1)
        time.sleep(0.5)

    assert warnings(caplog) == []


def test_refusals_are_logged_but_not_each(caplog: pytest.LogCaptureFixture) -> None:
    with served(ConnectionLimits(max_connections=1)) as url:
        for _ in range(20):
            with connections(url, 2):
                pass
        time.sleep(0.1)

    assert warnings(caplog) == ["too many connections"]


def test_more_than_a_few_refused_ones_do_not_linger() -> None:
    with served(ConnectionLimits(max_connections=1)) as url, connections(url, 1) as busy:
        busy[0].sendall(GET.replace(b"/x", b"/wait") + b"\r\n")
        time.sleep(0.05)
        with connections(url, ConnectionLimits.MAX_LINGERING + 10) as refused:
            assert read(refused[0], 0.2).closed
            assert all(b"too_many_connections" in read(each, 0.2).text for each in refused[20:])


@pytest.mark.parametrize(
    ("descriptors", "wanted", "expected"),
    [(20_000, None, 4000), (1024, None, 864), (300, None, 140), (64, None, 16), (-1, None, 4000), (20_000, 9000, 9000)],
)
def test_the_number_of_connections_leaves_descriptors_for_the_rest(
    descriptors: int, wanted: int | None, expected: int
) -> None:
    assert connections_within(descriptors, wanted) == expected
