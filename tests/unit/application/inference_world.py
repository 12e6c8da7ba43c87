"""Queued predictions, and engines in memory that run them."""

from datetime import timedelta

import pytest

from adapters.memory import (
    FixedClock,
    LimitedRetry,
    MemoryClassifier,
    MemoryCompletionFeed,
    MemoryImageStore,
    MemoryJobQueue,
    MemoryUnitOfWork,
)
from adapters.memory.classifier import Answer
from application.classify.attempts import AttemptRules, Attempts
from application.classify.attempts_in_hand import AttemptsInHand
from application.classify.renew_leases import RenewLeases
from application.classify.run_inference import RunInference
from application.ports.queue.job_queue import Delivery
from domain.errors import ModelUnavailable
from domain.prediction import Prediction
from domain.prediction_state import StateChange
from tests.contracts.unit_of_work import keep, look_up
from tests.harness.builders import NOON, a_prediction

RULES = AttemptRules("squeezenet1_0", max_attempts=2, lease=timedelta(minutes=1))


class InferenceWorld:
    """Predictions 1, 2, 3, ... are queued, one for each answer of the model."""

    def __init__(self, *answers: Answer, store: MemoryImageStore | None = None) -> None:
        self.unit_of_work: MemoryUnitOfWork = MemoryUnitOfWork()
        self.image_store = MemoryImageStore() if store is None else store
        self.queue = MemoryJobQueue()
        self.clock = FixedClock(NOON)
        self.in_hand = AttemptsInHand()
        self.tries = 1
        self.feed, self.changes = MemoryCompletionFeed(), list[StateChange]()
        self.feed.listen(self.changes.extend)
        self.classifier = MemoryClassifier({f"picture {n}".encode(): a for n, a in enumerate(answers, 1)})
        for number in range(1, len(answers) + 1):
            self.submit(a_prediction(number))

    def submit(self, prediction: Prediction) -> None:
        self.image_store.put(prediction.image, f"picture {prediction.uuid.int}".encode())
        keep(self.unit_of_work, prediction)
        self.queue.publish([prediction.job])

    def engine(self, classifier: MemoryClassifier | None = None) -> RunInference:
        retry = LimitedRetry(self.tries)
        attempts = Attempts(
            rules=RULES, unit_of_work=self.unit_of_work, clock=self.clock, retry=retry, model_version="version 1"
        )
        return RunInference(
            attempts=attempts,
            in_hand=self.in_hand,
            image_store=self.image_store,
            classifier=classifier or self.classifier,
            queue=self.queue,
            announcer=self.feed,
            retry=retry,
        )

    def renew_leases(self) -> int:
        renew = RenewLeases(lease=RULES.lease, in_hand=self.in_hand, unit_of_work=self.unit_of_work, clock=self.clock)
        return renew.execute()

    def run(self) -> list[Delivery]:
        deliveries = self.receive()
        self.engine().execute(deliveries)
        return deliveries

    def receive(self) -> list[Delivery]:
        return self.queue.receive(8, timedelta(0))

    def exhaust_attempts(self) -> None:
        """Take prediction 1 up with one engine after another, each of which crashes."""
        for _ in range(RULES.max_attempts):
            with pytest.raises(ModelUnavailable):
                self.engine(MemoryClassifier({b"picture 1": ModelUnavailable()})).execute(self.receive())
            self.queue.drop_engine()

    def look_up(self, number: int) -> Prediction:
        return look_up(self.unit_of_work, number)
