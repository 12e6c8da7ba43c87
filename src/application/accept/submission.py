"""A picture on its way through the pipeline."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from domain.prediction import Prediction


@dataclass(slots=True)
class Submission:
    """A picture and its outcome so far.

    Args:
        image: the encoded file.
        outcome: its prediction, or the reason why there is none.
    """

    image: bytes
    outcome: Prediction | Exception

    @property
    def prediction(self) -> Prediction:
        """The prediction; raises the reason where there is none."""
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    @contextmanager
    def failing_alone(self) -> Iterator[None]:
        """Turn an error into the outcome of this submission."""
        try:
            yield
        except Exception as error:
            self.outcome = error


def split(group: Sequence[Submission]) -> list[list[Submission]]:
    """Split a group of which a part fails.

    Submissions with a key come alone and the others together, since a prediction that is there already is most likely
    one that its client sent twice.
    """
    with_key = [[submission] for submission in group if submission.prediction.idempotency]
    without = [submission for submission in group if not submission.prediction.idempotency]
    return [without, *with_key] if with_key and without else [[submission] for submission in group]
