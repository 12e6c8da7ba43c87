"""Receivers of webhooks that hang, drip, refuse and never end, beside a good one."""

import base64
import itertools
import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from urllib.parse import urlsplit

import httpx

from application.accept.submit_predictions import SubmitPredictions
from soak.load import Pace
from soak.scenario_run import ScenarioRun
from soak.scenarios.phases import require_prepared
from soak.system import System
from tests.harness.servers.bad_receivers import dripping, endless, hanging, refusing
from tests.harness.servers.receiver import Receiver, receiving
from tests.harness.service import eventually

# Hosts of their own, so that each has a lane of its own.
_BAD = {hanging: "127.0.0.2", dripping: "127.0.0.3", refusing: "127.0.0.4", endless: "127.0.0.5"}
# Posts of the good client a second. The promise: its webhook comes within a second of the result.
_RATE = 5.0
_PROMISED_SECONDS = 1.0
# Webhooks for bad receivers.
_OWED = 1_000
_UNFINISHED = "SELECT count(*) FROM predictions WHERE status IN ('queued', 'processing')"
# The strangers' webhooks become those of another owner, as if they had been submitted with a key.
_HAND_OVER = "UPDATE webhook_deliveries SET lane = CONCAT('stranger@', SUBSTRING_INDEX(lane, '@', -1)) WHERE lane <> ''"
_STATES = "SELECT state, count(*) FROM webhook_deliveries GROUP BY state"
_ATTEMPTS = "SELECT count(*) FROM webhook_attempts"


def fairness(run: ScenarioRun) -> None:
    """Owe a thousand webhooks to bad receivers, and measure those to a good one."""
    good = run.times(150, 3_000)
    with _system(run) as system, receiving() as receiver, ExitStack() as bad:
        _note(run, "alone", _delays(run, system, receiver.url(), receiver, good // 3))
        urls = [bad.enter_context(receiver_at(host)) for receiver_at, host in _BAD.items()]
        _owe(run, system, urls, _OWED)
        beside = _delays(run, system, receiver.url(), receiver, good)
        _note(run, "beside the bad ones", beside)
        run.require(_percentile(beside, 0.99) < _PROMISED_SECONDS, "a bad receiver delays the webhooks of others")
        _end(run, system)


def strangers(run: ScenarioRun) -> None:
    """Name another host that hangs with each of a thousand webhooks, and measure those to others."""
    good = run.times(150, 3_000)
    with _system(run) as system, receiving() as receiver, hanging("0.0.0.0") as everywhere:
        _note(run, "alone", _delays(run, system, receiver.url(), receiver, good // 3))
        port = urlsplit(everywhere).port
        _owe(
            run, system, [f"http://127.1.{number // 250}.{number % 250 + 1}:{port}/" for number in range(_OWED)], _OWED
        )
        known = _delays(run, system, receiver.url(), receiver, good)
        _note(run, "to a known receiver", known)
        run.require(_percentile(known, 0.99) < _PROMISED_SECONDS, "strange receivers delay the webhooks of a known one")
        workers = len(system.workers)
        system.stop_workers()  # they remember the lanes
        system.execute(_HAND_OVER)
        for _ in range(workers):
            system.add_worker()
        new = f"http://localhost:{receiver.server_port}/"
        delays = _delays(run, system, new, receiver, good // 3)
        _note(run, "to a new receiver of another owner", delays)
        run.require(_percentile(delays, 0.99) < _PROMISED_SECONDS, "an owner delays the webhooks of another")
        _end(run, system)


def _system(run: ScenarioRun) -> System:
    secret = "whsec_" + base64.b64encode(bytes(32)).decode()
    return run.system(webhook_secrets=secret, webhook_networks="127.0.0.0/8 ::1/128")


def _end(run: ScenarioRun, system: System) -> None:
    run.figures["deliveries"] = {state: int(count) for state, count in system.rows(_STATES)}
    run.figures["webhook attempts"] = int(system.rows(_ATTEMPTS)[0][0])
    with run.load(system.urls, Pace(_RATE, most=len(run.ledger) + 10)) as load:
        load.wait()
    run.settle(system, load)
    require_prepared(run)


def _owe(run: ScenarioRun, system: System, urls: Sequence[str], owed: int) -> None:
    """Submit so many pictures whose webhooks go to bad receivers."""
    pictures, hosts = itertools.cycle(run.pictures), itertools.cycle(urls)
    for first in range(0, owed, SubmitPredictions.MAX_PICTURES):
        these = [next(pictures) for _ in range(min(SubmitPredictions.MAX_PICTURES, owed - first))]
        images = [
            {"name": "", "data": base64.b64encode(picture.data).decode(), "webhook": next(hosts)} for picture in these
        ]
        answer = httpx.post(f"{system.urls[0]}/inference/images", json={"images": images}, timeout=30)
        for accepted, picture in zip(answer.raise_for_status().json()["predictions"], these, strict=True):
            run.ledger.write(accepted["uuid"], picture.expected)
    eventually(lambda: int(system.rows(_UNFINISHED)[0][0]) == 0, 300)


def _delays(run: ScenarioRun, system: System, url: str, receiver: Receiver, count: int) -> list[float]:
    """Seconds from the end of each of so many predictions until its webhook comes; `inf` for one that is missing."""
    uuids: set[str] = set()
    pictures = itertools.cycle(run.pictures)
    with httpx.Client(base_url=system.urls[0], params={"webhook": url}, timeout=30) as client:
        for _ in range(count):
            picture = next(pictures)
            answer = client.post("/inference/image", content=picture.data, headers={"Content-Type": "image/jpeg"})
            uuids.add(uuid := answer.raise_for_status().json()["uuid"])
            run.ledger.write(uuid, picture.expected)
            time.sleep(1 / _RATE)
    give_up_at = time.monotonic() + 180
    while not uuids <= (arrived := _arrivals(receiver)).keys() and time.monotonic() < give_up_at:
        time.sleep(0.1)
    return sorted(arrived.get(uuid, float("inf")) for uuid in uuids)


def _arrivals(receiver: Receiver) -> dict[str, float]:
    """Delay of the first webhook of each prediction."""
    delays: dict[str, float] = {}
    for received in list(receiver.received):
        body = json.loads(received.body)
        finished_at = datetime.fromisoformat(body["finished_at"]).timestamp()
        delays.setdefault(body["uuid"], received.at - finished_at)
    return delays


def _note(run: ScenarioRun, what: str, delays: Sequence[float]) -> None:
    figures = [_percentile(delays, share) * 1000 for share in (0.5, 0.99, 1.0)]
    run.figures[f"webhook ms {what}, p50 / p99 / max"] = " / ".join(f"{figure:.0f}" for figure in figures)


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
