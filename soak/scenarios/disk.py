"""Faults of the disk."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from shutil import which

import tests.harness
from soak.scenario_run import ScenarioRun
from soak.scenarios.phases import during
from soak.system import Layout
from tests.harness.servers.mariadb import MariaDBServer, missing_mariadb


def slow(run: ScenarioRun) -> None:
    """Let each synchronisation of the API, which stores pictures, and of the database take 200 ms longer."""
    if missing := missing_mariadb() or (None if which("gcc") else "gcc is not installed"):
        run.figures["not run"] = missing
        return
    is_slow = run.folder / "slow"
    settings = {"LD_PRELOAD": str(_compile(run.folder)), "SLOW_DISK": str(is_slow)}
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


def _compile(folder: Path) -> Path:
    library = folder / "slow_disk.so"
    source = Path(tests.harness.__path__[0]) / "slow_disk.c"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


@contextmanager
def _exists(file: Path) -> Iterator[None]:
    file.touch()
    try:
        yield
    finally:
        file.unlink()
