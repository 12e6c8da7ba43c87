"""The shapes of requests and answers, for validation and for the OpenAPI document."""

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

_TOP_K = f"How many labels are wanted; {Classification.DEFAULT_TOP_K} when missing."
_PRIORITY = f"How urgent it is, from 0, can wait, to {Priority.MAX_LEVEL}; {ORDINARY.level} when missing."
_EXPIRES_IN = "Seconds. Still queued after so many, it fails with the code `expired`; when missing, it waits."


class Options(BaseModel):
    """What a client may say about a picture; the query parameters of an image body."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: Annotated[
        str | None,
        Field(max_length=Prediction.MAX_NAME_LENGTH, description="A name for people.", examples=["dog"]),
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
            description="Of which final states the webhook is told; all of them when missing. "
            "In a query, names with commas between them.",
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
            description="base64 of a JPEG, PNG, WebP, GIF or BMP file. Line breaks are accepted, also raw "
            "ones, and so is a `data:image/...;base64,` prefix.",
            # A GIF of one pixel: what the documentation page suggests is accepted.
            examples=["R0lGODdhAQABAIEAAAAAAAAAAAAAAAAAACwAAAAAAQABAAAIBAABBAQAOw=="],
        ),
    ]


class LabelBody(BaseModel):
    """A label and the model's confidence in it."""

    label: str
    score: Annotated[float, Field(ge=0, le=1)]


class FailureBody(BaseModel):
    """Why a prediction failed."""

    code: Annotated[str, Field(description="Stable name for machines.", examples=["image_undecodable"])]
    message: Annotated[str, Field(description="One sentence for people.")]


class PredictionBody(BaseModel):
    """A picture on its way to its label."""

    uuid: UUID
    name: str
    status: PredictionStatus
    prediction: Annotated[str | None, Field(description="The most probable label, once known.")]
    score: Annotated[float | None, Field(description="The model's confidence in it, 0 to 1.")]
    top: Annotated[list[LabelBody], Field(description="The most probable labels, the best first.")]
    model: str
    priority: Annotated[int, Field(description="How urgent it is, 0 to 9.")]
    cached: Annotated[
        bool, Field(description="Whether the answer is that of an earlier prediction of the same picture.")
    ]
    error: FailureBody | None
    attempts: Annotated[int, Field(description="How often an engine took it up.")]
    created_at: datetime
    expires_at: Annotated[
        datetime | None, Field(description="Still queued then, it fails; null when it waits, and once it is final.")
    ]
    started_at: datetime | None
    finished_at: datetime | None
