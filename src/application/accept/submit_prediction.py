"""Accept a picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.accept.command import SubmitPredictionCommand
from application.accept.pipeline import AcceptancePipeline
from domain.prediction import Prediction


@dataclass(frozen=True, kw_only=True)
class SubmitPrediction:
    """Submit a picture for classification.

    The picture's header is checked, the picture and its prediction are made durable, and only then is the uuid given
    out, so that every uuid leads to a result. A picture that is refused leaves nothing.

    Of the pictures that wait, the most urgent is classified first, by its `priority`; so that the others are not
    forgotten, every eighth picture is the one that waits longest.

    With `expires_in` it is not run later than so many seconds after its submission: still queued then, it fails with
    the code `expired`.

    Sent again with the same `Idempotency-Key`, a submission is answered with the prediction of the first one as it
    is now, also when both arrive at once. The key is refused for another picture or other options, and is free again
    once the prediction is deleted.

    Where the service reuses results, a picture that the same version of the model classified before has its labels
    at once, and `cached` is true.
    """

    pipeline: AcceptancePipeline

    def execute(self, command: SubmitPredictionCommand) -> Prediction:
        """Accept the picture.

        Raises:
            InvalidInput: the picture or a field is refused, or its key was used for another submission.
            ImageStoreUnavailable, DatabaseUnavailable: it could not be made durable.
        """
        [outcome] = self.execute_all([command])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def execute_all(self, commands: Sequence[SubmitPredictionCommand]) -> list[Prediction | Exception]:
        """Accept pictures that came at the same time: independently of each other, but made durable together.

        Returns:
            for each picture its prediction, or the error that `execute` would raise.
        """
        return self.pipeline.accept_each(commands)
