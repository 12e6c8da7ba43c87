"""Look up every uuid of the ledger."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

_FINAL = ("succeeded", "failed", "canceled")
_FAILED = "failed:"
_PAUSE_SECONDS = 0.1
# For a late result to change what should not change any more.
_QUIET_SECONDS = 2.0


@dataclass
class Counts:
    """Counts of broken promises; each must be zero.

    Args:
        lost: unknown to the system.
        failed: ended `failed` though the picture is good.
        duplicated: results that changed after they were final, and dead letters of jobs that were done.
        wrong: another label than the picture has when nobody disturbs it, or another end of a picture that is bad.
        stuck: without an end when the time was over.
        broken: other promises that were not kept, in words.
    """

    lost: int = 0
    failed: int = 0
    duplicated: int = 0
    wrong: int = 0
    stuck: int = 0
    broken: list[str] = field(default_factory=list)

    @property
    def all_zero(self) -> bool:
        return not (self.lost or self.failed or self.duplicated or self.wrong or self.stuck or self.broken)


class Audit:
    """Reads each prediction until it is final, and once more in the end.

    Args:
        urls: where the system is.
        expected: the ledger's entries.
    """

    def __init__(self, urls: Sequence[str], expected: Mapping[str, str]) -> None:
        self._urls = urls
        self._expected = expected
        # The first sight of each result.
        self.final: dict[str, dict[str, Any]] = {}
        self._unknown: set[str] = set()

    def wait(self, seconds: float) -> None:
        """Return when everything is final, or the time is over."""
        give_up_at = time.monotonic() + seconds
        with httpx.Client(timeout=30) as client:
            for uuid in self._expected:
                while not self._look(client, uuid) and time.monotonic() < give_up_at:
                    time.sleep(_PAUSE_SECONDS)

    def counts(self) -> Counts:
        """Read everything again, and compare."""
        time.sleep(_QUIET_SECONDS)
        first = self.final
        again = Audit(self._urls, self._expected)
        again.wait(30 if len(first) == len(self._expected) else 0)
        return again.counted(first)

    def counted(self, before: Mapping[str, Mapping[str, Any]]) -> Counts:
        """Compare what was read with what is expected, and with the results of an earlier reading."""
        others = sum(self._expected[uuid] != _end(body) for uuid, body in self.final.items())
        failed = len(self.wrongly_failed())
        return Counts(
            lost=len(self._unknown),
            failed=failed,
            duplicated=sum(self.final.get(uuid) != body for uuid, body in before.items()),
            wrong=others - failed,
            stuck=len(self._expected) - len(self.final) - len(self._unknown),
        )

    def finished_at(self, uuid: str) -> float | None:
        """Time at which it became final, in seconds since the epoch; None if it did not."""
        body = self.final.get(uuid)
        return datetime.fromisoformat(body["finished_at"]).timestamp() if body else None

    def last_finished_at(self) -> float:
        """Time at which the last one became final."""
        return max((self.finished_at(uuid) or 0.0 for uuid in self.final), default=0.0)

    def attempts(self) -> list[int]:
        """Number of attempts of each."""
        return [body["attempts"] for body in self.final.values()]

    def wrongly_failed(self) -> list[tuple[str, str]]:
        """The uuids of the good pictures that failed, each with the code of its reason."""
        ends = ((uuid, _end(body).partition(_FAILED)[2]) for uuid, body in self.final.items())
        return [(uuid, code) for uuid, code in ends if code and not self._expected[uuid].startswith(_FAILED)]

    def _look(self, client: httpx.Client, uuid: str) -> bool:
        for url in self._urls:
            try:
                response = client.get(f"{url}/predictions/{uuid}")
            except httpx.TransportError:
                continue
            body = response.json()
            if response.status_code == 200 and body["status"] in _FINAL:
                self.final[uuid] = body
            if response.status_code == 404:
                self._unknown.add(uuid)
            return uuid in self.final or uuid in self._unknown
        return False


def _end(body: Mapping[str, Any]) -> str:
    return body["prediction"] if body["status"] == "succeeded" else f"{body['status']}:{body['error']['code']}"
