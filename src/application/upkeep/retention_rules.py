"""Rules of retention: how long predictions and pictures are kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from application.ports.database.retention import Due


@dataclass(frozen=True, slots=True)
class RetentionRules:
    """How long predictions and pictures are kept, counted from the moment at which a prediction became final.

    Args:
        keep_images: of pictures; None for ever.
        keep_predictions: of predictions with their pictures; None for ever.
        webhooks_end_after: time after which a pending delivery to a webhook does not keep its prediction any more.
    """

    keep_images: timedelta | None = None
    keep_predictions: timedelta | None = None
    webhooks_end_after: timedelta = timedelta(days=7)

    def due_images(self, now: datetime) -> Due | None:
        """Condition of the pictures that are due; None where they are kept for ever."""
        return Due(now - self.keep_images) if self.keep_images is not None else None

    def due_predictions(self, now: datetime) -> Due | None:
        """Condition of the predictions that are due; None where they are kept for ever."""
        if self.keep_predictions is None:
            return None
        return Due(now - self.keep_predictions, now - self.webhooks_end_after)

    @property
    def shortest(self) -> timedelta | None:
        """Age at which a picture of a prediction that was final at once is deleted; None if it never is."""
        return min((age for age in (self.keep_images, self.keep_predictions) if age is not None), default=None)
