"""Server-sent events (WHATWG HTML, section 9.2): a prediction's states as they come."""

from collections.abc import AsyncIterator

from adapters.http.responses.prediction_json import render_prediction
from adapters.http.waiting.long_polling import ResultWaiters
from domain.prediction import Prediction

# Proxies cut connections that are silent for a minute. It is also how soon a state is seen whose news got lost.
KEEP_ALIVE_SECONDS = 15.0
_KEEP_ALIVE = b": keep-alive\n\n"


def event_id(prediction: Prediction) -> str:
    """What tells a state from the others that the same prediction has had."""
    return f"{prediction.attempts}-{prediction.status.value}"


async def events(first: Prediction, seen: str, waiting: ResultWaiters) -> AsyncIterator[bytes]:
    """The states of a prediction until it is final, each as an event.

    Args:
        first: the prediction as it is.
        seen: id of the last event that the client has; it is not repeated.
        waiting: where the next ones come from.
    """
    uuid = first.uuid
    with waiting.watch(uuid) as watch:
        # Read again: what happened since `first` was read, before the watch began, would have been missed.
        prediction = await waiting.lookup.get(uuid)
        while True:
            if event_id(prediction) != seen:
                seen = event_id(prediction)
                yield _event(prediction)
            if prediction.status.is_final or waiting.is_closed:
                return
            if not await watch.wait(KEEP_ALIVE_SECONDS):
                yield _KEEP_ALIVE
            prediction = await waiting.lookup.get(uuid)


def _event(prediction: Prediction) -> bytes:
    # The JSON has no line breaks, so one data line is enough.
    return b"event: %b\nid: %b\ndata: %b\n\n" % (
        prediction.status.value.encode(),
        event_id(prediction).encode(),
        render_prediction(prediction),
    )
