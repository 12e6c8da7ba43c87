"""Classify the pictures of a batch of jobs."""

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from functools import partial

from application.classify.attempts import Attempts, is_exhausted
from application.classify.attempts_in_hand import AttemptsInHand, BatchInHand
from application.classify.batching import split_batch
from application.classify.isolation import Isolation
from application.ports.classifier import Classifier
from application.ports.image_store import ImageMissing, ImageStore
from application.ports.queue.completion_feed import Announcer
from application.ports.queue.job_queue import Delivery, JobConsumer
from application.ports.retry import Retry
from domain.classification import Classification
from domain.errors import PredictorError, Unavailable
from domain.prediction import Prediction

_log = logging.getLogger(__name__)


class InferenceFailed(PredictorError):
    """The model could not process the image."""

    code = "inference_failed"


@dataclass(frozen=True, kw_only=True)
class RunInference:
    """Classify the pictures of queued jobs.

    An attempt is counted before the work begins, so that a picture that crashes its engine is not tried forever.
    All results of a batch are recorded in one transaction; only then are they announced and the jobs acknowledged.
    A redelivered job may have crashed its engine, so it runs while no other job does, and a second crash costs no
    other prediction an attempt. Each step waits while the database, the image store or the model is unavailable,
    and waiting costs no attempt: from its beginning until its result is recorded, an attempt is in hand, and the leases
    of those are renewed. Running a job twice changes nothing: a final prediction is left as it is, so is one
    that another engine works on, and the result of a superseded attempt is dropped. A prediction that no engine
    finished in all its attempts fails, and its job goes to the dead letters. A picture for which there is not enough
    memory is one that this engine did not finish: it says nothing about the picture. A prediction that expired in the
    queue fails without being run.
    """

    attempts: Attempts
    in_hand: AttemptsInHand
    image_store: ImageStore
    classifier: Classifier
    queue: JobConsumer
    announcer: Announcer
    retry: Retry
    isolation: Isolation = field(default_factory=Isolation)
    # Limits how many batches compute at once, where there are more callers than cores: while one batch is recorded,
    # the next one computes.
    compute_slots: AbstractContextManager[object] = field(default_factory=nullcontext)

    def execute(self, deliveries: Sequence[Delivery]) -> None:
        """Run the jobs, record their results, and acknowledge them.

        Raises:
            Unavailable: the database, the image store or the model is unavailable, and there is no more time to
                wait. Jobs without a recorded result are not acknowledged.
        """
        for batch in split_batch(deliveries):
            redelivered = any(delivery.redelivered for delivery in batch)
            with self.isolation.exclusive() if redelivered else self.isolation.shared():
                self._run(batch)

    def _run(self, batch: Sequence[Delivery]) -> None:
        with ExitStack() as until_recorded:
            with self.compute_slots:
                taken_up = self.attempts.take_up(batch)
                started = [prediction for prediction in taken_up if not prediction.status.is_final]
                in_hand = until_recorded.enter_context(self.in_hand.hold(started))
                self.announcer.announce(taken_up)
                exhausted = {prediction.uuid for prediction in taken_up if is_exhausted(prediction)}
                self.queue.reject([delivery for delivery in batch if delivery.job.uuid in exhausted])
                images = [self._fetch(prediction, in_hand) for prediction in started]
                results = self._classify(images, in_hand)
            finished = [(p, result) for p, result in zip(started, results, strict=True) if result is not None]
            recorded = self.attempts.record([p for p, _ in finished], [result for _, result in finished])
        self.announcer.announce(recorded)
        self.queue.acknowledge([delivery for delivery in batch if delivery.job.uuid not in exhausted])

    def _fetch(self, prediction: Prediction, in_hand: BatchInHand) -> bytes | ImageMissing:
        get = partial(in_hand.call, partial(self.image_store.get, prediction.image))
        try:
            return self.retry.until_available(get)
        except ImageMissing as missing:
            return missing

    def _classify(
        self, images: Sequence[bytes | ImageMissing], in_hand: BatchInHand
    ) -> list[Classification | PredictorError | None]:
        results = iter(self._classify_batch([image for image in images if isinstance(image, bytes)], in_hand))
        return [next(results) if isinstance(image, bytes) else image for image in images]

    def _classify_batch(
        self, images: Sequence[bytes], in_hand: BatchInHand
    ) -> Sequence[Classification | PredictorError | None]:
        """Classify pictures together, or each on its own if the model fails, so that only the bad ones fail.

        None stands for no result: for this picture alone there was not enough memory, or the like.
        """
        if not images:
            return []
        try:
            return self.retry.until_available(partial(in_hand.call, partial(self.classifier.classify, images)))
        except Unavailable:
            raise
        except MemoryError:
            _log.warning("not enough memory", extra={"batch": len(images)})
            if len(images) == 1:
                return [None]
        except Exception:
            _log.exception("inference failed", extra={"batch": len(images)})
            if len(images) == 1:
                return [InferenceFailed()]
        return [result for image in images for result in self._classify_batch([image], in_hand)]
