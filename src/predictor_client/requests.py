"""The requests that there are, each as the service's interface describes it."""

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal, TypedDict
from uuid import UUID, uuid4

from predictor_client.calls import Call, Repeat
from predictor_client.images import media_type

# The most that the service puts on a page: whoever asks for the list wants all of it.
PAGE_SIZE = "100"


class SubmitOptions(TypedDict, total=False):
    """What may be said about a picture.

    Keys:
        name: for people.
        model: the model's name; the service's own when missing.
        top_k: how many labels are wanted.
        priority: 0 to 9, the higher the sooner.
        expires_in: seconds, whole ones; a picture that still waits after so long is not classified any more.
        webhook: the URL to send the result to.
        webhook_events: which final states to send; all when missing.
        idempotency_key: the same key with the same picture is one prediction, however often it is submitted. A
            new one is made when it is missing, so that the client's own repetitions are safe.
    """

    name: str
    model: str
    top_k: int
    priority: int
    expires_in: float | timedelta
    webhook: str
    webhook_events: Sequence[str]
    idempotency_key: str


def submit(image: bytes, options: SubmitOptions, wait: int = 0) -> Call:
    """Submit a picture; `wait` seconds of the service's time may pass until it is final."""
    headers = {
        "Content-Type": media_type(image),
        "Idempotency-Key": options.get("idempotency_key") or str(uuid4()),
    }
    if wait:
        headers["Prefer"] = f"wait={wait}"
    return Call(
        method="POST",
        path="/inference/image",
        query=_query(options),
        headers=headers,
        content=image,
        patience=wait,
        accepted=frozenset({200, 202}),
    )


def get(uuid: UUID | str, wait: int = 0) -> Call:
    """Look a prediction up; `wait` seconds may pass until it is final."""
    return Call(path=_path(uuid), query={"wait": str(wait)} if wait else {}, patience=wait)


def page(status: str | None, model: str | None, cursor: str | None) -> Call:
    """One page of the predictions, the newest first."""
    wanted = {"status": status, "model": model, "cursor": cursor}
    chosen = {name: value for name, value in wanted.items() if value}
    return Call(path="/predictions", query={"limit": PAGE_SIZE, **chosen})


def cancel(uuid: UUID | str) -> Call:
    """Cancel a prediction that is not final."""
    return Call(method="POST", path=f"{_path(uuid)}/cancel", repeat=Repeat.IF_NOT_DONE)


def retry(uuid: UUID | str) -> Call:
    """Queue a failed or canceled prediction again."""
    return Call(method="POST", path=f"{_path(uuid)}/retry", repeat=Repeat.IF_NOT_DONE)


def delete(uuid: UUID | str) -> Call:
    """Remove a prediction and its picture. The second time it is not found: so it is not the same twice."""
    return Call(method="DELETE", path=_path(uuid), accepted=frozenset({204}), repeat=Repeat.IF_NOT_DONE)


def image(uuid: UUID | str) -> Call:
    """The picture of a prediction."""
    return Call(path=f"{_path(uuid)}/image")


def events(uuid: UUID | str, last_id: str) -> Call:
    """The events of a prediction behind the one with `last_id`, or all of them."""
    headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
    return Call(path=f"{_path(uuid)}/events", headers={**headers, "Last-Event-ID": last_id} if last_id else headers)


def readiness() -> Call:
    """Whether the service is ready now; 503 is an answer here."""
    return Call(path="/health/ready", accepted=frozenset({200, 503}), repeat=Repeat.NEVER)


def queue() -> Call:
    """How much waits, and for how many."""
    return Call(path="/queue")


def about() -> Call:
    """What the service is; a browser would get a page."""
    return Call(path="/", headers={"Accept": "application/json"})


_PLAIN_OPTIONS: tuple[Literal["name", "model", "top_k", "priority", "webhook"], ...]
_PLAIN_OPTIONS = ("name", "model", "top_k", "priority", "webhook")


def _path(uuid: UUID | str) -> str:
    return f"/predictions/{UUID(str(uuid))}"


def _query(options: SubmitOptions) -> dict[str, str]:
    query: dict[str, str] = {name: str(options[name]) for name in _PLAIN_OPTIONS if name in options}
    if "expires_in" in options:
        duration = options["expires_in"]
        seconds = duration.total_seconds() if isinstance(duration, timedelta) else duration
        query["expires_in"] = str(math.ceil(seconds))
    if "webhook_events" in options:
        query["webhook_events"] = ",".join(options["webhook_events"])
    return query
