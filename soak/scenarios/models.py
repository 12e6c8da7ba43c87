"""A change of the model while the service works."""

import time
from typing import Any

from soak.load import Pace
from soak.pictures import Picture
from soak.scenario_run import ScenarioRun
from soak.scenarios.phases import RATE, require_prepared
from soak.system import Layout
from tests.harness.other_model import NEW, other_model

# Different files of each picture: some results are reused, and some are not there yet.
_VARIANTS = 25
_ENDS = "SELECT uuid, status, prediction, model_version, attempts, created_at FROM predictions"


def change(run: ScenarioRun) -> None:
    """Add workers of a new model, then take those of the old one away; results are reused meanwhile."""
    expected = {variant.data: variant.expected for variant in _variants(run)}
    run.pictures = [Picture(data, label) for data, label in expected.items()]
    settings: dict[str, object] = {"result_cache": True, "concurrency": 1}
    with run.system(Layout(workers=1), **settings) as system:
        with run.load(system.urls, Pace(RATE, most=1_000_000, seconds=7200)) as load:
            for _ in range(run.times(1, 5)):
                time.sleep(10)
                system.add_worker(model=other_model(run.folder))
                time.sleep(10)
                system.workers.pop(0).stop()
                time.sleep(10)
                system.add_worker()
                time.sleep(10)
                system.workers.pop(0).stop()
            load.stop()
        run.settle(system, load)
        rows, since = system.rows(_ENDS), system.rows("SELECT since FROM served_models")
    _compare(run, rows)
    run.require(len(since) == 1, f"{len(since)} models")
    require_prepared(run)


def _compare(run: ScenarioRun, rows: list[tuple[Any, ...]]) -> None:
    """Count answers that are not those of the model that they name."""
    expected = run.ledger.entries()
    versions: dict[bool, set[str]] = {True: set(), False: set()}
    wrong = 0
    for uuid, _, label, version, _, _ in rows:
        is_new = str(label).startswith(NEW)
        versions[is_new].add(version)
        wrong += expected.get(uuid) not in (None, str(label).removeprefix(NEW))
    run.counts.wrong = wrong + sum(status != "succeeded" for _, status, *_ in rows)
    reused = [row for row in rows if row[4] == 0]
    run.figures["answers of the old / the new model"] = " / ".join(str(n) for n in _by_model(rows))
    run.figures["reused of the old / the new model"] = " / ".join(str(n) for n in _by_model(reused))
    apart = [len(found) for found in versions.values()] == [1, 1] and versions[True].isdisjoint(versions[False])
    run.require(apart, f"the versions of the old and the new model are {versions}")
    run.require(min(_by_model(rows)) > 0, "one of the models answered nothing")
    run.require(min(_by_model(reused)) > 0, "no result of one of the models was reused")


def _by_model(rows: list[tuple[Any, ...]]) -> tuple[int, int]:
    new = sum(str(row[2]).startswith(NEW) for row in rows)
    return len(rows) - new, new


def _variants(run: ScenarioRun) -> list[Picture]:
    # A comment at the end of a picture, which no decoder reads.
    return [
        Picture(picture.data + f"variant {number}".encode(), picture.expected)
        for number in range(_VARIANTS)
        for picture in run.pictures
    ]
