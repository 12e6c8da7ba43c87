"""All requests of the HTTP interface, independent of the kind of I/O."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import TypedDict
from uuid import UUID, uuid4

from predictor_client.images import media_type

# The largest page that the service allows, because the whole list is fetched as a rule.
PAGE_SIZE = "100"


class Repeat(Enum):
    """Condition under which a failed request may be sent again."""

    NEVER = "never"
    # Only if the service did not process it: the request never arrived, or was refused for the moment.
    IF_NOT_DONE = "if not done"
    # Also after a lost connection: the request is idempotent.
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request.

    Args:
        server_wait: seconds that the service was asked to wait for a result, in addition to the client's timeout.
        accepted: HTTP statuses of success; every other one is an error.
        pause: seconds to wait before it is sent.
    """

    path: str
    method: str = "GET"
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    server_wait: float = 0.0
    accepted: frozenset[int] = frozenset({200})
    repeat: Repeat = Repeat.ALWAYS
    pause: float = 0.0


class SubmitOptions(TypedDict, total=False):
    """Options of a submission.

    Keys:
        model: default: the service's model.
        top_k: number of labels.
        priority: 0 to 9; a higher one is classified first.
        expires_in: whole seconds after which a prediction that is still queued fails.
        webhook: URL to send the result to.
        webhook_events: final states to send; default: all.
        idempotency_key: submissions with the same key and the same picture are one prediction. Default: a new key,
            so that the client can repeat the request safely.
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
    """Submit a picture; the service waits up to `wait` seconds for the result."""
    headers = {"Content-Type": media_type(image), "Idempotency-Key": options.get("idempotency_key") or str(uuid4())}
    if wait:
        headers["Prefer"] = f"wait={wait}"
    return Call(
        method="POST",
        path="/inference/image",
        query=_query(options),
        headers=headers,
        content=image,
        server_wait=wait,
        accepted=frozenset({200, 202}),
    )


def get(uuid: UUID | str, wait: int = 0) -> Call:
    """Get a prediction; the service waits up to `wait` seconds for the result."""
    return Call(path=_path(uuid), query={"wait": str(wait)} if wait else {}, server_wait=wait)


def page(status: str | None, model: str | None, cursor: str | None) -> Call:
    """Get one page of the predictions, newest first."""
    wanted = {"limit": PAGE_SIZE, "status": status, "model": model, "cursor": cursor}
    return Call(path="/predictions", query={name: value for name, value in wanted.items() if value})


def cancel(uuid: UUID | str) -> Call:
    return Call(method="POST", path=f"{_path(uuid)}/cancel", repeat=Repeat.IF_NOT_DONE)


def retry(uuid: UUID | str) -> Call:
    return Call(method="POST", path=f"{_path(uuid)}/retry", repeat=Repeat.IF_NOT_DONE)


def delete(uuid: UUID | str) -> Call:
    """Delete a prediction and its picture. A second request would get 404, so it is not idempotent."""
    return Call(method="DELETE", path=_path(uuid), accepted=frozenset({204}), repeat=Repeat.IF_NOT_DONE)


def image(uuid: UUID | str) -> Call:
    return Call(path=f"{_path(uuid)}/image")


def events(uuid: UUID | str, last_id: str) -> Call:
    """Get the events of a prediction after the one with `last_id`, or all if it is empty."""
    headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
    return Call(path=f"{_path(uuid)}/events", headers={**headers, "Last-Event-ID": last_id} if last_id else headers)


def readiness() -> Call:
    """Get the readiness of the service; 503 means not ready and is no error."""
    return Call(path="/health/ready", accepted=frozenset({200, 503}), repeat=Repeat.NEVER)


def queue() -> Call:
    return Call(path="/queue")


def about() -> Call:
    """Get name and version of the service; without the Accept header it could be the web page."""
    return Call(path="/", headers={"Accept": "application/json"})


def _path(uuid: UUID | str) -> str:
    return f"/predictions/{UUID(str(uuid))}"


def _query(options: SubmitOptions) -> dict[str, str]:
    plain = ("name", "model", "top_k", "priority", "webhook")
    query = {name: str(value) for name, value in options.items() if name in plain}
    if "expires_in" in options:
        duration = options["expires_in"]
        seconds = duration.total_seconds() if isinstance(duration, timedelta) else duration
        query["expires_in"] = str(math.ceil(seconds))
    if "webhook_events" in options:
        query["webhook_events"] = ",".join(options["webhook_events"])
    return query
