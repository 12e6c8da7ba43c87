"""Accepting pictures, each durable, while no engine takes any: beside a server that only reads the body."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.bench import Bench
from benchmarks.client import Plan, answers, post_picture
from benchmarks.figures import Figure, Target, median, ratio_of_rounds
from benchmarks.pictures import as_json
from tests.harness.servers.process import free_port
from tests.harness.service import eventually

_CLIENTS = 16
_ECHO, _SHORT = "bare FastAPI, echo of the body", "bare FastAPI, short answer"
_ACCEPT, _KEYS = "accept (202), durable", "accept (202), durable, with API keys"


def measure(bench: Bench) -> list[Figure]:
    """One process of the API with database and broker, one that needs keys, and one of the echo, in turn."""
    bodies = [as_json(picture) for picture in bench.pictures]
    service, guarded = bench.production(), bench.production(access="keys")
    try:
        service.start()
        guarded.start()
        with_key = [post_picture(body, key=guarded.key) for body in bodies]
        with _echo() as echo:
            plans = {
                _ECHO: _plan(bench, echo, [post_picture(body, "/echo") for body in bodies]),
                _SHORT: _plan(bench, echo, [post_picture(body, "/short") for body in bodies]),
                _ACCEPT: _plan(bench, service.url, bench.posts),
                _KEYS: _plan(bench, guarded.url, with_key),
            }
            rates: dict[str, list[float]] = {name: [] for name in plans}
            for _ in range(bench.rounds):
                for name, plan in plans.items():
                    rates[name].append(bench.client.drive(plan).rate)
    finally:
        service.stop()
        guarded.stop()
    return [
        Figure(_ECHO, median(rates[_ECHO]), "requests/s"),
        Figure(_SHORT, median(rates[_SHORT]), "requests/s", ratio_of_rounds(rates[_SHORT], rates[_ECHO]), "echo"),
        Figure(
            f"{_ACCEPT}, no engine, {_CLIENTS} clients",
            median(rates[_ACCEPT]),
            "requests/s",
            ratio_of_rounds(rates[_ACCEPT], rates[_ECHO]),
            "echo",
            Target("5", 0.5),
        ),
        Figure(
            _KEYS, median(rates[_KEYS]), "requests/s", ratio_of_rounds(rates[_KEYS], rates[_ACCEPT]), "without keys"
        ),
    ]


def _plan(bench: Bench, url: str, requests: list[bytes]) -> Plan:
    return Plan(url, requests, _CLIENTS, bench.full_or_quick(4, 1.5))


@contextmanager
def _echo() -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.echo", str(port)])
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: answers(f"{url}/docs"))
        yield url
    finally:
        process.terminate()
        process.wait()
