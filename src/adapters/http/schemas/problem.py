"""Response schema of errors: problem JSON (RFC 9457)."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

PROBLEM_MEDIA_TYPE = "application/problem+json"


class FieldProblemBody(BaseModel):
    """A field that is not valid and the reason."""

    field: str
    message: str
    code: Annotated[str | None, Field(description="Stable name for machines; only with several images.")] = None


class Problem(BaseModel):
    """An error (RFC 9457). It never repeats the request."""

    type: Annotated[
        Literal["about:blank"],
        Field(description="Always `about:blank`: `status` is the kind of the problem, `code` its stable name."),
    ]
    title: Annotated[str, Field(description="The name of the status.", examples=["Not Found"])]
    status: Annotated[int, Field(examples=[404])]
    detail: Annotated[str, Field(description="One sentence for people.")]
    code: Annotated[str, Field(description="Stable name for machines.", examples=["prediction_not_found"])]
    errors: Annotated[list[FieldProblemBody] | None, Field(description="The fields that are not valid, if any.")] = None
