"""Schemas of batches and of the list of predictions, for validation and for the OpenAPI document."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from adapters.http.schemas.prediction import PredictionBody, Submission
from application.accept.submit_predictions import SubmitPredictions
from application.look_up.list_predictions import ListPredictionsCommand
from domain.prediction import Prediction
from domain.prediction_state import PredictionStatus


class Entries(BaseModel):
    """A batch whose pictures are not validated yet: each is validated alone, so that an error names its index."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    images: Annotated[list[Any], Field(min_length=1, max_length=SubmitPredictions.MAX_PICTURES)]


class Batch(Entries):
    """Several pictures in JSON."""

    images: Annotated[list[Submission], Field(min_length=1, max_length=SubmitPredictions.MAX_PICTURES)]


class ListQuery(BaseModel):
    """Query parameters of the list: filter and page."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    status: Annotated[PredictionStatus | None, Field(description="Only predictions with this status.")] = None
    model: Annotated[
        str | None, Field(max_length=Prediction.MAX_MODEL_LENGTH, description="Only predictions of this model.")
    ] = None
    limit: Annotated[
        int, Field(ge=1, le=ListPredictionsCommand.MAX_LIMIT, description="Maximum number of predictions on a page.")
    ] = ListPredictionsCommand.DEFAULT_LIMIT
    cursor: Annotated[str | None, Field(description="`next` of the previous page; the first page when missing.")] = None


class BatchBody(BaseModel):
    """The predictions of several pictures, in the order of the pictures."""

    predictions: list[PredictionBody]


class PageBody(BaseModel):
    """A page of predictions, the newest first."""

    predictions: list[PredictionBody]
    next: Annotated[str | None, Field(description="`cursor` of the next page; null on the last one.")]
