"""Liveness and readiness."""

import pytest

from application.ports.health_check import HealthCheck
from domain.errors import ModelUnavailable, Unavailable
from tests.unit.http.world import World


class Part(HealthCheck):
    """A part of the system with a trouble or none."""

    def __init__(self, name: str, trouble: Unavailable | None = None) -> None:
        self._name = name
        self._trouble = trouble

    @property
    def name(self) -> str:
        return self._name

    def check(self) -> None:
        if self._trouble:
            raise self._trouble


LOADING = Part("model", ModelUnavailable("The model is still loading."))


def test_the_service_tells_its_version_whatever_is_the_matter() -> None:
    answer = World(checks=[LOADING]).get("/")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "version": "1.2.3"})


@pytest.mark.parametrize("path", ["/health/live", "/health/live/"])
def test_liveness_touches_nothing(path: str) -> None:
    answer = World(checks=[LOADING]).get(path)

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_names_every_part() -> None:
    answer = World(checks=[Part("database"), Part("queue")]).get("/health/ready")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "checks": {"database": "ok", "queue": "ok"}}


def test_a_missing_part_is_named() -> None:
    answer = World(checks=[Part("database"), LOADING]).get("/health/ready/")

    assert answer.status_code == 503
    assert answer.json() == {
        "status": "unavailable",
        "checks": {"database": "ok", "model": "The model is still loading."},
    }
