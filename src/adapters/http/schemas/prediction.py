"""Schemas of submissions and predictions, for validation and for the OpenAPI document."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

from domain.classification import Classification
from domain.expiry import ExpiresIn
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus
from domain.priority import ORDINARY, Priority
from domain.webhooks.webhook import WebhookUrl

# The names of `WebhookEvent`; strict validation of JSON takes no strings for an enumeration.
_Event = Literal["succeeded", "failed", "canceled"]

_TOP_K = f"Number of labels to return; {Classification.DEFAULT_TOP_K} when missing."
_PRIORITY = f"Priority from 0, the lowest, to {Priority.MAX_LEVEL}; {ORDINARY.level} when missing."
_EXPIRES_IN = "Seconds. Still queued after so many, it fails with the code `expired`; when missing, it never does."


class Options(BaseModel):
    """Options of a submission; the query parameters of an image body."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: Annotated[
        str | None, Field(max_length=Prediction.MAX_NAME_LENGTH, description="A name for people.", examples=["dog"])
    ] = None
    model: Annotated[
        str | None,
        Field(max_length=Prediction.MAX_MODEL_LENGTH, description="The model; the service's own when missing."),
    ] = None
    top_k: Annotated[int | None, Field(ge=1, le=Classification.MAX_TOP_K, description=_TOP_K)] = None
    priority: Annotated[int | None, Field(ge=Priority.MIN_LEVEL, le=Priority.MAX_LEVEL, description=_PRIORITY)] = None
    expires_in: Annotated[
        int | None, Field(ge=ExpiresIn.MIN_SECONDS, le=ExpiresIn.MAX_SECONDS, description=_EXPIRES_IN)
    ] = None
    webhook: Annotated[
        str | None,
        Field(
            max_length=WebhookUrl.MAX_LENGTH,
            description="http or https URL to which the prediction is posted when it is final.",
            examples=["https://example.com/predictions"],
        ),
    ] = None
    webhook_events: Annotated[
        list[_Event] | None,
        Field(
            min_length=1,
            max_length=10,
            description="Final states that are sent to the webhook; all of them when missing. "
            "In a query, names separated by commas.",
        ),
    ] = None

    @field_validator("webhook_events", mode="before")
    @classmethod
    def _split(cls, events: object) -> object:
        return events.split(",") if isinstance(events, str) else events


class Submission(Options):
    """A picture in JSON."""

    data: Annotated[
        str,
        Field(
            description="base64 of a JPEG, PNG, WebP, GIF or BMP file. Line breaks, also raw ones, and a "
            "`data:image/...;base64,` prefix are accepted.",
            # A GIF of one pixel, so that the example of the documentation page is accepted.
            examples=["R0lGODdhAQABAIEAAAAAAAAAAAAAAAAAACwAAAAAAQABAAAIBAABBAQAOw=="],
        ),
    ]


class LabelBody(BaseModel):
    """A label and the model's confidence in it."""

    label: str
    score: Annotated[float, Field(ge=0, le=1)]


class FailureBody(BaseModel):
    """Error of a failed prediction."""

    code: Annotated[str, Field(description="Stable name for machines.", examples=["image_undecodable"])]
    message: Annotated[str, Field(description="One sentence for people.")]


class PredictionBody(BaseModel):
    """A prediction: its state and, when succeeded, its labels."""

    uuid: UUID
    name: str
    status: PredictionStatus
    prediction: Annotated[str | None, Field(description="The most probable label, once known.")]
    score: Annotated[float | None, Field(description="The model's confidence in it, 0 to 1.")]
    top: Annotated[list[LabelBody], Field(description="The most probable labels, the best first.")]
    model: str
    priority: Annotated[int, Field(description="Priority, 0 to 9.")]
    cached: Annotated[
        bool, Field(description="True if the result is that of an earlier prediction of the same picture.")
    ]
    error: FailureBody | None
    attempts: Annotated[int, Field(description="Number of times that an engine started it.")]
    created_at: datetime
    expires_at: Annotated[
        datetime | None, Field(description="Time after which it fails if still queued; null for never, and once final.")
    ]
    started_at: datetime | None
    finished_at: datetime | None
