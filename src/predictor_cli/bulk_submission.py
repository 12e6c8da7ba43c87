"""Idempotent submission of many pictures, several at once."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
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

# Five minutes, as each pause is 1.5 seconds on average: a restart of the service takes seconds, an upgrade minutes.
_RETRIES = 200
_LONGEST_PAUSE = 3.0
# Longer than a full queue or the limit of a key asks for; a service that names more should be asked by hand.
_LONGEST_WAIT = 3600.0


@dataclass(frozen=True)
class BulkRetryPolicy(RetryPolicy):
    """Many retries with short pauses. A `Retry-After` of up to an hour is respected, as a full service sends one."""

    retries: int = _RETRIES

    def pause(self, failures: int, problem: PredictorClientError) -> float | None:
        wanted = (problem.retry_after if isinstance(problem, Refused) else None) or 0.0
        if failures > self.retries or wanted > _LONGEST_WAIT:
            return None
        bound: float = min(_LONGEST_PAUSE, self.first_pause * 2 ** min(failures - 1, 10))
        return wanted + self.chance() * bound


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionOutcome:
    """Outcome of the submission of one picture.

    Args:
        key: idempotency key; empty if the file could not be read.
        prediction: None if the picture was not submitted.
        error: reason of a failure in a sentence; empty otherwise.
        is_known: True if an earlier run got its label, so that it was not submitted.
    """

    file: str
    key: str = ""
    prediction: Prediction | None = None
    error: str = ""
    is_known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkSubmission:
    """Submission of many pictures.

    Args:
        run: name of the run; the same picture in another run is another prediction.
        waits: True to wait for each label.
        concurrency: number of pictures submitted at once.
        has_label: tells by file and idempotency key whether an earlier run got the label.
    """

    options: SubmitOptions
    run: str
    waits: bool
    concurrency: int
    has_label: Callable[[str, str], bool]

    async def execute(
        self, client: AsyncPredictorClient, pictures: Sequence[Picture], report: Callable[[SubmissionOutcome], None]
    ) -> None:
        """Submit all pictures, and report each outcome. One that is refused does not stop the others.

        Raises:
            PredictorClientError: the service is unreachable or unavailable for long, full, or denies access.
        """
        left = iter(pictures)

        async def work() -> None:
            for picture in left:
                report(await self._submit(client, picture))

        await asyncio.gather(*(work() for _ in range(self.concurrency)))

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
        """Idempotency key of a submission: a hash of path, content, options and run."""
        if picture.is_stdin:
            return f"cli-{uuid4()}"
        place = str(Path(picture.file).absolute())
        facts = [place, hashlib.sha256(image).hexdigest(), sorted(options.items()), self.run]
        return "cli-" + hashlib.sha256(json.dumps(facts).encode()).hexdigest()
