"""Response schemas of health, version and queue."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field


class StatusBody(BaseModel):
    """The service is up."""

    status: Literal["ok"]


class ServiceBody(StatusBody):
    """The service is up, in this version."""

    version: str


class ReadinessBody(BaseModel):
    """Readiness of the service; and of each of its parts, for those who may see the state of the service."""

    status: Literal["ready", "unavailable"]
    checks: Annotated[
        dict[str, str],
        Field(
            description="Each part with `ok` or its problem.",
            examples=[{"database": "ok", "model": "The model is not loaded."}],
        ),
    ] = {}


class QueueBody(BaseModel):
    """The queue at one moment."""

    waiting: Annotated[int, Field(ge=0, description="Pictures that no worker has taken yet.")]
    workers: Annotated[int, Field(ge=0, description="Workers that take pictures from the queue.")]
