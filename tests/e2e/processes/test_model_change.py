"""Engines of two models work on one queue, as while the model is changed."""

from pathlib import Path

import pytest

from tests.e2e.conftest import Produce
from tests.harness.other_model import NEW, other_model
from tests.harness.service import COFFEE, ProductionService

pytestmark = pytest.mark.torch


def answers(service: ProductionService, numbers: range) -> dict[str, set[str]]:
    """The versions of the models that gave each label to as many different files of one picture."""
    # A comment at the end of a picture, which no decoder reads.
    uuids = [service.submit(COFFEE + str(number).encode()) for number in numbers]
    assert {service.result(uuid)["status"] for uuid in uuids} == {"succeeded"}
    found: dict[str, set[str]] = {}
    for uuid, label, version in service.rows("SELECT uuid, prediction, model_version FROM predictions"):
        if uuid in uuids:
            found.setdefault(label, set()).add(version)
    return found


def test_each_answer_names_its_model_and_is_reused_for_that_one_only(produce: Produce, tmp_path: Path) -> None:
    service = produce(result_cache=True, concurrency=1, batch_size=1)
    service.start_worker()
    service.wait_until_ready()
    old = answers(service, range(10))
    assert old.keys() == {"espresso"}
    service.start_worker(model=other_model(tmp_path))
    service.wait_until_ready()
    both = answers(service, range(100, 200))
    assert both.keys() == {"espresso", f"{NEW}espresso"}
    assert both["espresso"] == old["espresso"]
    service.workers.pop(0).end()
    again = answers(service, range(10))
    assert again == {f"{NEW}espresso": both[f"{NEW}espresso"]}
    assert again[f"{NEW}espresso"].isdisjoint(old["espresso"])
