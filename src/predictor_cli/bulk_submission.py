"""Submitting many pictures, some at once, so that doing it again changes nothing."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from predictor_cli.output import reason
from predictor_cli.selection import Picture
from predictor_client import (
    AsyncPredictorClient,
    InvalidRequest,
    Prediction,
    PredictionFailed,
    PredictorClientError,
    Refused,
    RetryPolicy,
    ServiceFailed,
    ServiceUnavailable,
    StorageFull,
)
from predictor_client.requests import SubmitOptions

# A restart takes seconds, an upgrade some minutes; whoever wants to give up earlier presses Ctrl-C. Each pause is
# 1.5 seconds on average, so this is five minutes.
_RETRIES = 200
_LONGEST_PAUSE = 3.0


@dataclass(frozen=True)
class Persistent(RetryPolicy):
    """Comes back soon and often. A pause that the service itself asks for, as when it is full, is always kept."""

    retries: int = _RETRIES

    def pause(self, failures: int, problem: PredictorClientError) -> float | None:
        if failures > self.retries:
            return None
        wanted = (problem.retry_after if isinstance(problem, Refused) else None) or 0.0
        bound: float = min(_LONGEST_PAUSE, self.first_pause * 2 ** min(failures - 1, 10))
        return wanted + self.chance() * bound


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionOutcome:
    """What came of a picture.

    Args:
        key: the submission's; empty when the file could not be read.
        prediction: None when there is none.
        error: why there is no label and will be none, in a sentence; empty where there is one, or may be.
        is_known: it had its label before, and was not submitted.
    """

    file: str
    key: str = ""
    prediction: Prediction | None = None
    error: str = ""
    is_known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkSubmission:
    """How pictures are submitted.

    Args:
        options: what is said about each.
        run: the same picture in another run is another prediction.
        waits: whether for each label.
        concurrency: how many pictures are under way at once.
        has_label: whether a file's label is known already, by the file and its key.
    """

    options: SubmitOptions
    run: str
    waits: bool
    concurrency: int
    has_label: Callable[[str, str], bool]

    async def execute(
        self, client: AsyncPredictorClient, pictures: Sequence[Picture], report: Callable[[SubmissionOutcome], None]
    ) -> None:
        """Submit them all; a refused one is not in the way of the others.

        Raises:
            PredictorClientError: the service is away for long, full, not ours to use, or no such service.
        """
        left = iter(pictures)
        await asyncio.gather(*(self._work(client, left, report) for _ in range(self.concurrency)))

    async def _work(
        self, client: AsyncPredictorClient, left: Iterator[Picture], report: Callable[[SubmissionOutcome], None]
    ) -> None:
        for picture in left:
            report(await self._submit(client, picture))

    async def _submit(self, client: AsyncPredictorClient, picture: Picture) -> SubmissionOutcome:
        try:
            image = await asyncio.to_thread(picture.read)
        except OSError as error:
            return SubmissionOutcome(file=picture.file, error=f"{error.strerror}.")
        options: SubmitOptions = {"name": picture.name, **self.options}
        key = options["idempotency_key"] = self._key(picture, image, options)
        outcome = SubmissionOutcome(file=picture.file, key=key)
        if self.has_label(picture.file, key):
            return replace(outcome, is_known=True)
        try:
            found = await self._predict(client, image, options)
        except (InvalidRequest, ServiceFailed) as refused:
            if isinstance(refused, ServiceUnavailable | StorageFull):
                raise
            return replace(outcome, error=str(refused))
        return replace(outcome, prediction=found, error=reason(found))

    async def _predict(self, client: AsyncPredictorClient, image: bytes, options: SubmitOptions) -> Prediction:
        if not self.waits:
            return await client.submit(image, **options)
        try:
            return await client.classify(image, timeout=None, **options)
        except PredictionFailed as failure:
            return failure.prediction

    def _key(self, picture: Picture, image: bytes, options: SubmitOptions) -> str:
        """The same for the same file with the same content and options, in every run of this command."""
        if picture.is_stdin:
            return f"cli-{uuid4()}"
        place = str(Path(picture.file).absolute())
        facts = [place, hashlib.sha256(image).hexdigest(), sorted(options.items()), self.run]
        return "cli-" + hashlib.sha256(json.dumps(facts).encode()).hexdigest()
