"""What a client submits, and what of it the service accepts; for the use cases that take one picture or many."""

import json
from dataclasses import dataclass, field, fields
from datetime import datetime
from hashlib import sha256
from typing import ClassVar
from uuid import UUID

from domain.classification import Classification
from domain.errors import UnknownModel
from domain.expiry import ExpiresIn
from domain.idempotency import Idempotency, IdempotencyKey
from domain.image import ImageHash, ImageKey
from domain.image_limits import ImageLimits
from domain.prediction import Prediction
from domain.priority import ORDINARY, Priority
from domain.webhooks.webhook import WebhookEvent, WebhookRules


@dataclass(frozen=True, slots=True)
class SubmitPredictionCommand:
    """A picture and what the client wants of it.

    Args:
        image: the encoded file.
        name: what the client calls it.
        model: the model's name; None for the one that the service serves.
        top_k: how many labels are wanted.
        priority: how urgent it is.
        expires_in: how long it may wait for an engine; None for as long as it takes.
        webhook: the URL to tell when it is final.
        webhook_events: of which final states to tell it, each once and in their order; None for all of them.
        idempotency_key: the client's name for this submission; whoever sends it again gets the same prediction.
    """

    image: bytes
    name: str = ""
    model: str | None = None
    top_k: int = Classification.DEFAULT_TOP_K
    priority: Priority = ORDINARY
    expires_in: ExpiresIn | None = None
    webhook: str | None = None
    webhook_events: tuple[WebhookEvent, ...] | None = None
    idempotency_key: IdempotencyKey | None = None

    # The picture goes into the fingerprint as its hash.
    _NOT_ASKED_FOR: ClassVar[frozenset[str]] = frozenset({"image", "idempotency_key"})

    def fingerprint(self, image: ImageHash) -> str:
        """What tells this submission from another one: the same in every process, for the same picture and options.

        Args:
            image: the hash of the picture.

        An option that has its default is left out, so that a fingerprint from before a new option came stays true.
        """
        asked = {
            option.name: repr(getattr(self, option.name))
            for option in fields(self)
            if option.name not in self._NOT_ASKED_FOR and getattr(self, option.name) != option.default
        }
        return sha256(json.dumps([image.value, asked], sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class SubmissionRules:
    """What the service accepts: pictures within `limits`, for the model named `model`, and webhooks by their rules.

    With `reuses_results` a picture that was classified before is not classified again.
    """

    model: str
    limits: ImageLimits
    webhooks: WebhookRules = field(default_factory=WebhookRules)
    reuses_results: bool = False

    def admit(self, command: SubmitPredictionCommand, uuid: UUID, now: datetime) -> Prediction:
        """The new prediction `uuid` of the picture.

        Raises:
            InvalidInput: the picture or a field is refused.
        """
        header = self.limits.check(command.image)
        if command.model not in (None, self.model):
            raise UnknownModel
        key, image_hash = command.idempotency_key, None
        if key or self.reuses_results:  # worked out once for both, and for nobody else
            image_hash = ImageHash.of(command.image)
        return Prediction(
            uuid=uuid,
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
