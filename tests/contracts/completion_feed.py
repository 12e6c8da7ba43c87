"""Contract of a completion feed."""

import time
from abc import abstractmethod

import pytest

from application.ports.queue.completion_feed import Announcer, CompletionFeed
from domain.prediction_state import Failure, StateChange
from tests.harness.builders import NOON, a_prediction

# How long news may be on their way.
_PATIENCE_SECONDS = 10.0


class CompletionFeedContract:
    @pytest.fixture
    @abstractmethod
    def feed(self) -> CompletionFeed:
        """A connected feed."""

    @pytest.fixture
    @abstractmethod
    def announcer(self, feed: CompletionFeed) -> Announcer:
        """An announcer that is connected to the same feed."""

    def test_every_listener_hears_what_is_announced(self, feed: CompletionFeed, announcer: Announcer) -> None:
        first, second = list[StateChange](), list[StateChange]()
        feed.listen(first.extend)
        feed.listen(second.extend)
        queued, failed = a_prediction(1), a_prediction(2)
        failed.give_up(Failure("test", "A test."), NOON)
        announcer.announce([queued, failed])
        wait_for(second, 2)
        assert first == second == [queued.state_change, failed.state_change]

    def test_news_come_in_their_order(self, feed: CompletionFeed, announcer: Announcer) -> None:
        heard = list[StateChange]()
        feed.listen(heard.extend)
        for number in range(1, 101):
            announcer.announce([a_prediction(number)])
        wait_for(heard, 100)
        assert [change.uuid.int for change in heard] == list(range(1, 101))

    def test_no_news_disturb_nobody(self, feed: CompletionFeed, announcer: Announcer) -> None:
        calls, heard = list[int](), list[StateChange]()
        feed.listen(lambda changes: calls.append(len(changes)))
        feed.listen(heard.extend)
        announcer.announce([])
        announcer.announce([a_prediction(1)])
        wait_for(heard, 1)
        assert calls == [1]


def wait_for(heard: list[StateChange], count: int) -> None:
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while len(heard) < count and time.monotonic() < give_up_at:
        time.sleep(0.005)
    assert len(heard) == count
