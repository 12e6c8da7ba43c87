"""Response schema of errors: problem JSON (RFC 9457)."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

PROBLEM_MEDIA_TYPE = "application/problem+json"


class FieldProblemBody(BaseModel):
    """What is wrong with one field."""

    field: str
    message: str
    code: Annotated[str | None, Field(description="Stable name for machines, where several images came.")] = None


class Problem(BaseModel):
    """A refusal, by RFC 9457. It never repeats what was sent."""

    type: Annotated[
        Literal["about:blank"],
        Field(description="Always `about:blank`: `status` says the kind of problem, `code` which one it is."),
    ]
    title: Annotated[str, Field(description="The name of the status.", examples=["Not Found"])]
    status: Annotated[int, Field(examples=[404])]
    detail: Annotated[str, Field(description="One sentence for people.")]
    code: Annotated[str, Field(description="Stable name for machines.", examples=["prediction_not_found"])]
    errors: Annotated[
        list[FieldProblemBody] | None, Field(description="The fields that are not valid, where it is that.")
    ] = None
