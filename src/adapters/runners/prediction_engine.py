"""The prediction engine: threads that take jobs from the queue and run them."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from adapters.lifecycle.backoff import Backoff
from adapters.lifecycle.part import Part
from adapters.lifecycle.supervised_loop import SupervisedLoop
from adapters.runners.slots import Slot
from application.classify.record_model_version import RecordModelVersion
from application.classify.renew_leases import RenewLeases
from application.classify.run_inference import RunInference
from application.ports.health_check import HealthCheck
from application.ports.queue.job_queue import JobConsumer
from application.ports.retry import Retry
from domain.errors import ModelUnavailable, PredictorError, Unavailable

_log = logging.getLogger(__name__)

# The queue wakes a waiting slot at once; this is only a safety net.
_RECEIVE_TIMEOUT = timedelta(seconds=30)
# Three times the longest that a picture may be decoded.
_STILL_AFTER = timedelta(seconds=30)
# Longest pause before leases are renewed once more while the database is unavailable. When it is back, they have to be
# renewed before the recovery looks for lost ones.
_LONGEST_RENEWAL_PAUSE = 2.0


@dataclass
class PredictionEngine(Part, HealthCheck):
    """Loads the model in the background, then runs `slots` threads that each take batches from the queue.

    Another thread renews the leases of these batches until the last one has ended.

    Args:
        load: makes the use case, model included; may take seconds.
        on_loaded: makes the use case that records the version of the model before the first job is taken.
        on_load_failure: called once if the model cannot be loaded; `load_failure` holds the reason.
        renew_leases: renews the leases of the batches in hand.
        queue: to take jobs from.
        retry: waits for dependencies until `stopping` is set.
        stopping: ends the threads.
        slots: batches in work at once: while one waits for a core or a disk, others go on.
        batch_size: maximum number of jobs in a batch; fewer where they take long, see `Slot`.
        still_after: the engine is not ready once every slot has worked on the same batch for longer.
    """

    load: Callable[[], RunInference]
    on_loaded: Callable[[], RecordModelVersion]
    on_load_failure: Callable[[], None]
    renew_leases: RenewLeases
    queue: JobConsumer
    retry: Retry
    stopping: threading.Event
    slots: int
    batch_size: int
    still_after: timedelta = _STILL_AFTER
    name: str = "model"
    load_failure: BaseException | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._is_loaded = threading.Event()
        self._loops: list[SupervisedLoop] = []
        self._slots = [Slot(self.batch_size, self.still_after) for _ in range(self.slots)]
        self._no_batch_is_left = threading.Event()
        self._renewal = SupervisedLoop(
            "leases", self._renew_and_wait, self._no_batch_is_left, backoff=Backoff(last=_LONGEST_RENEWAL_PAUSE)
        )
        self._loader = threading.Thread(target=self._load_and_start_slots, name="model-loader", daemon=True)

    @property
    def failure(self) -> BaseException | None:
        return next(filter(None, (loop.failure for loop in (self._renewal, *self._loops))), None)

    def check(self) -> None:
        if self.load_failure:
            raise ModelUnavailable
        if not self._is_loaded.is_set():
            raise ModelUnavailable("The model is still loading.")
        if self._stands_still:
            raise ModelUnavailable("No batch of pictures has been finished for a long time.")

    def start(self) -> None:
        self._renewal.start()
        self._loader.start()

    def stop(self) -> None:
        """Take no more jobs, finish those in hand, and return when that is done."""
        self.stopping.set()
        self.queue.close()
        if self._loader.ident is not None:
            self._loader.join()
        for loop in self._loops:
            loop.join()
        self._renewal.stop()

    def _load_and_start_slots(self) -> None:
        try:
            run_inference, record_model_version = self.load(), self.on_loaded()
        except BaseException as error:  # also a panic of a Rust extension, which is no Exception
            if not isinstance(error, PredictorError):
                _log.exception("the model could not be loaded")
            self.load_failure = error
            self.on_load_failure()
            return
        self._record_version(record_model_version)
        self._is_loaded.set()
        _log.info("engine ready", extra={"slots": self.slots, "batch_size": self.batch_size})
        for number, slot in enumerate(self._slots):
            loop = SupervisedLoop(f"slot-{number}", partial(self._run_next_batch, run_inference, slot), self.stopping)
            self._loops.append(loop)
            loop.start()

    @property
    def _stands_still(self) -> bool:
        return all(slot.stands_still for slot in self._slots)

    def _renew_and_wait(self) -> None:
        if self._stands_still:
            _log.error("no slot has finished its batch for a long time", extra={"slots": self.slots})
        self.renew_leases.execute()
        self._no_batch_is_left.wait(self.renew_leases.interval.total_seconds())

    def _record_version(self, record_model_version: RecordModelVersion) -> None:
        try:
            record_model_version.execute()
        except Unavailable:
            _log.warning("stopping while a dependency is unavailable")
        except Exception:
            _log.exception("the version of the model could not be recorded")

    def _run_next_batch(self, run_inference: RunInference, slot: Slot) -> None:
        deliveries = self.retry.until_available(lambda: self.queue.receive(slot.batch_size, _RECEIVE_TIMEOUT))
        try:
            if deliveries:
                with slot.at_work(len(deliveries)):
                    run_inference.execute(deliveries)
        except Unavailable:
            raise
        except BaseException:
            # A defect of ours: the jobs' leases run out, they are tried again, and in the end they fail.
            self.queue.acknowledge(deliveries)
            raise
