"""The deletion of what is old, and of pictures without a prediction."""

import threading
from dataclasses import dataclass

from application.look_up.count_due import CountDue
from application.ports.database.unit_of_work import UnitOfWork
from application.ports.image_store_sweep import ImageStoreSweep
from application.ports.system import Clock
from application.upkeep.purge_old import PurgeOld
from application.upkeep.sweep_orphans import SweepOrphans
from entrypoints.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The deletion of what is old.

    Args:
        purge: deletes old predictions and pictures.
        sweep: deletes pictures without a prediction.
        count_due: counts what both would delete.
    """

    purge: PurgeOld
    sweep: SweepOrphans
    count_due: CountDue


def open_retention(
    settings: Settings, unit_of_work: UnitOfWork, images: ImageStoreSweep, clock: Clock, stopping: threading.Event
) -> Retention:
    """Retention by the rules of the settings; it pauses between its steps until the process stops."""
    rules = settings.retention_rules
    return Retention(
        purge=PurgeOld(rules=rules, unit_of_work=unit_of_work, images=images, clock=clock, wait=stopping.wait),
        sweep=SweepOrphans(unit_of_work=unit_of_work, images=images, clock=clock, wait=stopping.wait),
        count_due=CountDue(rules=rules, unit_of_work=unit_of_work, images=images, clock=clock),
    )
