"""Errors that the service reports to its users, in one tree.

A request with `InvalidInput` can never succeed as it is; after `Unavailable` trying again helps. The docstring of a
class is its default message, `code` its stable name for programs. Neither contains anything that the user sent.
"""

from datetime import timedelta
from typing import ClassVar

from domain.access.rate import RateLimit


class PredictorError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())

    @property
    def message(self) -> str:
        """One sentence for people."""
        return str(self)


class InvalidInput(PredictorError):
    """The request is not valid."""

    code = "invalid_input"


class InvalidField(InvalidInput):
    """A field of the request is not valid."""

    code = "invalid_field"

    def __init__(self, field: str, message: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class WebhooksDisabled(InvalidField):
    """This service sends no webhooks, since it has no secret to sign them with."""

    code = "webhooks_disabled"

    def __init__(self) -> None:
        super().__init__("webhook")


class ForbiddenWebhook(InvalidField):
    """The webhook leads to an address that this service does not call."""

    code = "webhook_forbidden"

    def __init__(self) -> None:
        super().__init__("webhook")


class UnknownModel(InvalidInput):
    """This service does not serve that model."""

    code = "unknown_model"


class IdempotencyConflict(InvalidInput):
    """The Idempotency-Key was used for another submission before."""

    code = "idempotency_conflict"


class EmptyImage(InvalidInput):
    """The image is empty."""

    code = "image_empty"


class UnsupportedImage(InvalidInput):
    """The data is not a JPEG, PNG, WebP, GIF or BMP image."""

    code = "image_unsupported"


class TruncatedImage(InvalidInput):
    """The image is cut off before its end."""

    code = "image_truncated"


class UndecodableImage(InvalidInput):
    """The image cannot be decoded."""

    code = "image_undecodable"


class ImageTooLarge(InvalidInput):
    """The image is larger than this service takes."""

    code = "image_too_large"


class TooManyPixels(InvalidInput):
    """The image has more pixels than this service takes."""

    code = "image_too_many_pixels"


class ImageTooExpensive(InvalidInput):
    """The image takes more memory or time to decode than this service gives it."""

    code = "image_too_expensive"


class Unauthenticated(PredictorError):
    """The caller is not known."""

    code = "unauthenticated"


class ApiKeyMissing(Unauthenticated):
    """This service needs an API key, sent as `Authorization: Bearer KEY` or `X-API-Key: KEY`."""

    code = "api_key_missing"


class ApiKeyInvalid(Unauthenticated):
    """The API key is not valid: it is unknown, has expired or was revoked."""

    code = "api_key_invalid"


class InsufficientScope(PredictorError):
    """The API key does not allow this request."""

    code = "insufficient_scope"


class ApiKeyNotFound(PredictorError):
    """There is no API key with this id."""

    code = "api_key_not_found"


class TooManyRequests(PredictorError):
    """The owner asks for more than its share."""

    code = "too_many_requests"

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__()
        self.retry_after = retry_after


class RateLimited(TooManyRequests):
    """Pictures are submitted faster than the rate of this owner allows."""

    code = "rate_limited"

    def __init__(self, retry_after: timedelta, limit: RateLimit) -> None:
        super().__init__(retry_after)
        self.limit = limit


class BacklogFull(TooManyRequests):
    """As many pictures of this owner wait as may."""

    code = "backlog_full"


class PredictionNotFound(PredictorError):
    """There is no prediction with this uuid."""

    code = "prediction_not_found"


class WrongState(PredictorError):
    """The prediction is not in a state that allows this."""

    code = "wrong_state"


class StaleAttempt(WrongState):
    """The result belongs to an attempt that has been superseded."""

    code = "stale_attempt"


class Unavailable(PredictorError):
    """A part of the service is not available at the moment."""

    code = "unavailable"


class DatabaseUnavailable(Unavailable):
    """The database is not available at the moment."""

    code = "database_unavailable"


class SchemaOutdated(DatabaseUnavailable):
    """The database schema is not the one this version needs; run `predictor migrate`."""

    code = "schema_outdated"


class QueueUnavailable(Unavailable):
    """The job queue is not available at the moment."""

    code = "queue_unavailable"


class QueueFull(Unavailable):
    """So many pictures wait that no more are accepted at the moment."""

    code = "queue_full"

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__()
        self.retry_after = retry_after


class ImageStoreUnavailable(Unavailable):
    """The image store is not available at the moment."""

    code = "image_store_unavailable"


class ImageStoreFull(ImageStoreUnavailable):
    """The image store is full."""

    code = "image_store_full"


class DiskAlmostFull(ImageStoreUnavailable):
    """The disk is almost full: results are still written, but no new picture is accepted."""

    code = "disk_almost_full"


class ModelUnavailable(Unavailable):
    """The model is not loaded."""

    code = "model_unavailable"
