"""Warnings that a client can cause as often as it likes."""

import logging

import pytest

from adapters.http.responses.throttled_log import ThrottledLog


def test_a_message_is_logged_once_in_ten_seconds_with_its_number(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    log = ThrottledLog(logging.getLogger("throttled"), lambda: now[0])

    for second in (0, 1, 5, 9.9, 10, 30):
        now[0] = second
        log.warning("too many", limit=3)
    log.warning("another")

    lines = [(record.getMessage(), record.__dict__["times"]) for record in caplog.records]
    assert lines == [("too many", 1), ("too many", 4), ("too many", 1), ("another", 1)]
    assert caplog.records[0].__dict__["limit"] == 3
