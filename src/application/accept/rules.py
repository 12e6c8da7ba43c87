"""The rules by which a picture is admitted."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from application.accept.command import SubmitPredictionCommand
from domain.errors import UnknownModel
from domain.idempotency import Idempotency
from domain.image import ImageHash, ImageKey
from domain.image_limits import ImageLimits
from domain.prediction import Prediction
from domain.webhooks.webhook import WebhookRules


@dataclass(frozen=True, slots=True)
class SubmissionRules:
    """The rules of a service.

    Args:
        model: name of the model that it serves.
        limits: of a picture's bytes and pixels.
        webhooks: rules for webhooks.
        reuses_results: True to answer a picture that was classified before with the earlier result.
    """

    model: str
    limits: ImageLimits
    webhooks: WebhookRules = field(default_factory=WebhookRules)
    reuses_results: bool = False

    def admit(self, command: SubmitPredictionCommand, uuid: UUID, now: datetime) -> Prediction:
        """Make a prediction of the picture.

        Args:
            command: the submission.
            uuid: of the new prediction.
            now: time of the submission.

        Raises:
            InvalidInput: the picture or a field is refused.
        """
        command.caller.check_priority(command.priority)
        header = self.limits.check(command.image)
        if command.model not in (None, self.model):
            raise UnknownModel
        key, image_hash = command.idempotency_key, None
        if key or self.reuses_results:  # one hash serves both; without either it is not needed
            image_hash = ImageHash.of(command.image)
        return Prediction(
            uuid=uuid,
            owner=command.caller.owner,
            image=ImageKey.of(uuid, header.format),
            model=self.model,
            name=command.name,
            top_k=command.top_k,
            created_at=now,
            due_at=now,
            priority=command.priority,
            expires_at=command.expires_in.after(now) if command.expires_in else None,
            image_hash=image_hash if self.reuses_results else None,
            idempotency=Idempotency(key, command.fingerprint(image_hash)) if key and image_hash else None,
            webhook=self.webhooks.accept(command.webhook, command.webhook_events),
        )
