"""What the endpoints have in common."""

from datetime import timedelta

from adapters.http.requests.http_limits import HttpLimits
from adapters.http.waiting.batched_lookup import BatchedLookup
from adapters.http.waiting.long_polling import ResultWaiters
from application.look_up.get_prediction import GetPrediction
from application.ports.queue.completion_feed import CompletionFeed
from entrypoints.settings import Settings


def http_limits(settings: Settings) -> HttpLimits:
    """The limits of a request."""
    return HttpLimits(
        settings.max_image_bytes,
        timedelta(seconds=settings.receive_timeout_seconds),
        timedelta(seconds=settings.max_wait_seconds),
        settings.max_body_memory_bytes,
    )


def open_waiters(settings: Settings, get_prediction: GetPrediction, feed: CompletionFeed) -> ResultWaiters:
    """Those who wait for a result, woken by the feed."""
    waiters = ResultWaiters(BatchedLookup(get_prediction.execute), settings.waiting_places)
    feed.listen(waiters.notify)
    return waiters
