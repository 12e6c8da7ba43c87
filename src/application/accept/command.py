"""A submitted picture and the options of its prediction."""

import json
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import ClassVar

from domain.access.caller import Caller
from domain.classification import Classification
from domain.expiry import ExpiresIn
from domain.idempotency import IdempotencyKey
from domain.image import ImageHash
from domain.priority import ORDINARY, Priority
from domain.webhooks.webhook import WebhookEvent


@dataclass(frozen=True, slots=True)
class SubmitPredictionCommand:
    """A picture and the options of its prediction.

    Args:
        image: the encoded file.
        caller: who submits it.
        name: the client's name for the picture.
        model: the model's name; None for the one that the service serves.
        top_k: number of labels.
        priority: urgency among the jobs that wait.
        expires_in: longest time in the queue; None for no limit.
        webhook: the URL to call when the prediction is final; None for no call.
        webhook_events: the final states to report there, each once and in their order; None for all of them.
        idempotency_key: the client's name for this submission; sent again, it is answered with the same prediction.
    """

    image: bytes
    caller: Caller
    name: str = ""
    model: str | None = None
    top_k: int = Classification.DEFAULT_TOP_K
    priority: Priority = ORDINARY
    expires_in: ExpiresIn | None = None
    webhook: str | None = None
    webhook_events: tuple[WebhookEvent, ...] | None = None
    idempotency_key: IdempotencyKey | None = None

    # The picture goes into the fingerprint as its hash.
    _LEFT_OUT: ClassVar[frozenset[str]] = frozenset({"image", "caller", "idempotency_key"})

    def fingerprint(self, image: ImageHash) -> str:
        """Hash of the picture and the options, the same in every process: 64 hexadecimal digits.

        Options with their default value are left out, so that fingerprints stay the same when an option is added.

        Args:
            image: the hash of the picture.
        """
        options = {
            option.name: repr(getattr(self, option.name))
            for option in fields(self)
            if option.name not in self._LEFT_OUT and getattr(self, option.name) != option.default
        }
        return sha256(json.dumps([image.value, options], sort_keys=True).encode()).hexdigest()
