"""Faults of the disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from soak.scenario_run import ScenarioRun
from soak.scenarios.phases import during
from soak.system import Layout
from tests.harness.preloaded import library
from tests.harness.servers.mariadb import MariaDBServer, missing_mariadb


def slow(run: ScenarioRun) -> None:
    """Let each synchronisation of the API, which stores pictures, and of the database take 200 ms longer."""
    if missing := missing_mariadb():
        run.figures["not run"] = missing
        return
    is_slow = run.folder / "slow"
    settings = {"LD_PRELOAD": str(library("slow_disk")), "SLOW_DISK": str(is_slow)}
    database = _Server(run.folder / "database", settings)
    layout = Layout(prefix=["env", *(f"{name}={value}" for name, value in settings.items())])
    try:
        database.start()
        run.servers = replace(run.servers, database=database)
        with run.system(layout) as system:
            during(run, system, partial(_exists, is_slow))
    finally:
        database.kill()


class _Server(MariaDBServer):
    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        super().__init__(folder)
        self._settings = settings

    def environment(self) -> dict[str, str]:
        return super().environment() | self._settings


@contextmanager
def _exists(file: Path) -> Iterator[None]:
    file.touch()
    try:
        yield
    finally:
        file.unlink()
