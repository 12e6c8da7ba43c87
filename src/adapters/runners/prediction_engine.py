"""The prediction engine: threads that take jobs from the queue and run them."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from application.classify.run_inference import RunInference
from application.classify.serve_model import ServeModel
from application.ports.health_check import HealthCheck
from application.ports.queue.job_queue import JobConsumer
from application.ports.retry import Retry
from domain.errors import ModelUnavailable, PredictorError, Unavailable

_log = logging.getLogger(__name__)

# A waiting slot wakes by itself this often; only a safety net, since the queue wakes it.
_PATIENCE = timedelta(seconds=30)
# After an error that nobody foresaw, so that its cause cannot fill the log.
_PAUSE_SECONDS = 0.5


@dataclass
class PredictionEngine(HealthCheck):
    """Loads the model in the background, then runs `slots` threads that each take batches from the queue.

    Args:
        load: makes the use case, model included; may take seconds.
        queue: where the jobs come from.
        retry: waits for what is away, until `stopping` is set.
        stopping: set by `stop`.
        on_loaded: makes the use case that says which model this engine serves, before it takes its first job.
        slots: how many batches are in work at once: while one waits for a core or a disk, others go on.
        batch_size: most jobs in a batch.
    """

    load: Callable[[], RunInference]
    on_loaded: Callable[[], ServeModel]
    queue: JobConsumer
    retry: Retry
    stopping: threading.Event
    slots: int
    batch_size: int
    name: str = "model"
    failure: Exception | None = field(default=None, init=False)
    _threads: list[threading.Thread] = field(default_factory=list, init=False)
    _loaded: threading.Event = field(default_factory=threading.Event, init=False)

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
        self.stopping.set()
        self.queue.close()
        for thread in self._threads:
            thread.join()

    def _spawn(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _load_and_work(self, on_failure: Callable[[], None]) -> None:
        try:
            run_inference, serve_model = self.load(), self.on_loaded()
        except Exception as error:
            if not isinstance(error, PredictorError):
                _log.exception("the model could not be loaded")
            self.failure = error
            on_failure()
            return
        with self._surviving("the model could not be announced"):
            serve_model.execute()
        self._loaded.set()
        _log.info("engine ready", extra={"slots": self.slots, "batch_size": self.batch_size})
        for number in range(self.slots):
            self._spawn(f"slot-{number}", lambda: self._work(run_inference))

    def _work(self, run_inference: RunInference) -> None:
        while not self.stopping.is_set():
            with self._surviving("a batch was given up"):
                self._run_next_batch(run_inference)

    def _run_next_batch(self, run_inference: RunInference) -> None:
        deliveries = self.retry.until_available(lambda: self.queue.receive(self.batch_size, _PATIENCE))
        try:
            if deliveries:
                run_inference.execute(deliveries)
        except Unavailable:
            raise
        except Exception:
            # A defect of ours: the jobs' leases run out, they are tried again, and in the end they fail.
            self.queue.acknowledge(deliveries)
            raise

    @contextmanager
    def _surviving(self, message: str) -> Iterator[None]:
        """Whatever goes wrong is logged and does not end the thread; nor does it make it spin."""
        try:
            yield
        except Unavailable:
            _log.warning("stopping while a part of the system is away")
        except Exception:
            _log.exception(message)
            self.stopping.wait(_PAUSE_SECONDS)
