"""The prediction engine: threads that take jobs from the queue and run them."""

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from application.ports.health_check import HealthCheck
from application.ports.job_queue import JobQueue
from application.recover_stalled import RecoverStalled
from application.run_inference import RunInference
from domain.errors import ModelUnavailable, PredictorError, Unavailable

_T = TypeVar("_T")
_log = logging.getLogger(__name__)

# A waiting slot wakes by itself this often; only a safety net, since the queue wakes it.
_PATIENCE = timedelta(seconds=30)
# How often to look for predictions whose engine is gone. Leases last longer, so it need not be exact.
_RECOVERY_INTERVAL_SECONDS = 15.0
# Waiting before another try doubles from the first to the last of these, and is chosen at random below it
# ("full jitter"), so that many engines do not come back at the same moment.
_FIRST_BACKOFF_SECONDS, _LAST_BACKOFF_SECONDS = 0.1, 10.0


@dataclass
class Engine(HealthCheck):
    """Loads the model in the background, then runs `slots` threads that each take batches from the queue.

    Args:
        load: makes the use case, model included; may take seconds.
        queue: where the jobs come from.
        recover: finds what a dead engine left behind; runs now and then.
        slots: how many batches are in work at once: while one waits for a core or a disk, others go on.
        batch_size: most jobs in a batch.
    """

    load: Callable[[], RunInference]
    queue: JobQueue
    recover: RecoverStalled
    slots: int
    batch_size: int
    name: str = "model"
    failure: Exception | None = field(default=None, init=False)
    _threads: list[threading.Thread] = field(default_factory=list, init=False)
    _loaded: threading.Event = field(default_factory=threading.Event, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)

    def check(self) -> None:
        if self.failure:
            raise ModelUnavailable
        if not self._loaded.is_set():
            raise ModelUnavailable("The model is still loading.")

    def start(self, on_failure: Callable[[], None]) -> None:
        """Begin to load and then to work, in the background.

        Args:
            on_failure: called once when the model cannot be loaded; `failure` says why.
        """
        self._spawn("engine", lambda: self._load_and_work(on_failure))

    def stop(self) -> None:
        """Take no more jobs, finish those in hand, and return when that is done."""
        self._stopping.set()
        self.queue.close()
        for thread in self._threads:
            thread.join()

    def _spawn(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=name)
        self._threads.append(thread)
        thread.start()

    def _load_and_work(self, on_failure: Callable[[], None]) -> None:
        try:
            run_inference = self.load()
        except Exception as error:
            if not isinstance(error, PredictorError):
                _log.exception("the model could not be loaded")
            self.failure = error
            on_failure()
            return
        self._loaded.set()
        _log.info("engine ready", extra={"slots": self.slots, "batch_size": self.batch_size})
        for number in range(self.slots):
            self._spawn(f"slot-{number}", lambda: self._work(run_inference))
        self._recover_now_and_then()

    def _work(self, run_inference: RunInference) -> None:
        while not self._stopping.is_set():
            try:
                self._run_next_batch(run_inference)
            except Exception:
                # A defect of ours: the jobs' leases run out, they are tried again, and in the end they fail.
                _log.exception("a batch was given up")
                self._stopping.wait(_FIRST_BACKOFF_SECONDS)

    def _run_next_batch(self, run_inference: RunInference) -> None:
        deliveries = self._insist("receiving", lambda: self.queue.receive(self.batch_size, _PATIENCE))
        if not deliveries:
            return
        try:
            self._insist("inference", lambda: run_inference.execute(deliveries))
        except Exception:
            self.queue.acknowledge(deliveries)
            raise

    def _insist(self, what: str, action: Callable[[], _T]) -> _T | None:
        """Do it, again and again while something is unavailable, until it works or the engine stops."""
        backoff = _FIRST_BACKOFF_SECONDS
        while not self._stopping.is_set():
            try:
                return action()
            except Unavailable as problem:
                _log.warning("waiting", extra={"action": what, "code": problem.code})
                self._stopping.wait(random.uniform(0, backoff))  # noqa: S311 (jitter is no secret)
                backoff = min(2 * backoff, _LAST_BACKOFF_SECONDS)
        return None

    def _recover_now_and_then(self) -> None:
        while not self._stopping.wait(_RECOVERY_INTERVAL_SECONDS):
            if recovered := self._insist("recovery", self.recover.execute):
                _log.warning("stalled predictions queued again", extra={"count": recovered})
