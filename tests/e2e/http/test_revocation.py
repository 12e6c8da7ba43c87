"""A revoked key over HTTP: what lasts ends, in each process of the API."""

import json
import threading
import time
from collections.abc import Callable

import httpx

from tests.e2e.http.test_access import REVOKED_SECONDS, ask
from tests.harness.keys import bearer
from tests.harness.service import COFFEE, ProductionService


class Ending(threading.Thread):
    """A request that lasts; notes when it ended and how."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__(daemon=True)
        self.begun = threading.Event()
        self.status, self.ended_at, self.text = 0, 0.0, ""
        self._url, self._key = url, key

    def run(self) -> None:
        try:
            with httpx.stream("GET", self._url, headers=bearer(self._key), timeout=60) as answer:
                self.status = answer.status_code
                for chunk in answer.iter_text():
                    self.text += chunk
                    self.begun.set()
        finally:
            self.ended_at = time.monotonic()


def test_revocation_ends_everything_within_ten_seconds(produce: Callable[..., ProductionService]) -> None:
    service = produce(api_workers=2, access="keys")  # without a worker, so that the prediction stays queued
    key = service.create_key()
    answer = ask(service, "POST", "/inference/image", key, content=COFFEE, headers={"Content-Type": "image/png"})
    path = f"{service.url}/predictions/{answer.json()['uuid']}"
    # Several of each, so that both processes have some.
    streams = [Ending(f"{path}/events", key) for _ in range(4)]
    polls = [Ending(f"{path}?wait=30", key) for _ in range(4)]
    for request in (*streams, *polls):
        request.start()
    for stream in streams:
        assert stream.begun.wait(20)
    time.sleep(1)

    began = time.monotonic()
    service.revoke_key(key)
    last_accepted = began
    while time.monotonic() < began + REVOKED_SECONDS:
        if ask(service, "GET", "/predictions", key).status_code == 200:
            last_accepted = time.monotonic()
        time.sleep(0.05)
    for request in (*streams, *polls):
        request.join(0.1)
        assert not request.is_alive()

    ended = {
        name: max(r.ended_at for r in requests) - began for name, requests in (("stream", streams), ("poll", polls))
    }
    print(f"after the command was called: last accepted {last_accepted - began:.1f} s, ended {ended}")
    assert {stream.status for stream in streams} == {200}
    assert {(poll.status, json.loads(poll.text)["code"]) for poll in polls} == {(401, "api_key_invalid")}
    assert [ask(service, "GET", "/predictions", key).status_code for _ in range(8)] == [401] * 8
    assert ask(service, "GET", "/predictions", service.key).status_code == 200
