"""Server-sent events (WHATWG HTML, section 9.2): one event for each state of a prediction."""

from collections.abc import AsyncIterator

from adapters.http.responses.prediction_json import render_prediction
from adapters.http.waiting.long_polling import ResultWaiters
from application.ports.database.predictions import OwnedUuid
from domain.prediction import Prediction

# Proxies cut connections that are silent for a minute. It is also the delay of a state whose notification was lost.
KEEP_ALIVE_SECONDS = 15.0
_KEEP_ALIVE = b": keep-alive\n\n"


def event_id(prediction: Prediction) -> str:
    """The id of the event for the present state, unique among the events of the prediction."""
    return f"{prediction.attempts}-{prediction.status.value}"


async def stream_events(first: Prediction, seen: str, waiting: ResultWaiters) -> AsyncIterator[bytes]:
    """Yield an event for each state of a prediction until it is final.

    Args:
        first: the prediction at the start.
        seen: id of the last event that the client received; it is not repeated.
        waiting: source of the following states.
    """
    wanted = OwnedUuid(first.owner, first.uuid)
    with waiting.places.streams.one(), waiting.watch(first.uuid) as watch:
        # Read again: a change between the reading of `first` and the start of the watch would be missed.
        prediction = await waiting.lookup.get(wanted)
        while True:
            if event_id(prediction) != seen:
                seen = event_id(prediction)
                yield _event(prediction)
            if prediction.status.is_final or waiting.is_closed:
                return
            if not await watch.wait(KEEP_ALIVE_SECONDS):
                yield _KEEP_ALIVE
            prediction = await waiting.lookup.get(wanted)


def _event(prediction: Prediction) -> bytes:
    # The JSON has no line breaks, so one data line is enough.
    return b"event: %b\nid: %b\ndata: %b\n\n" % (
        prediction.status.value.encode(),
        event_id(prediction).encode(),
        render_prediction(prediction),
    )
