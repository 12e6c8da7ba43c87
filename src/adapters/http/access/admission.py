"""Admission of a submission, on the headers of its request."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from adapters.http.access.caller import caller_of
from adapters.http.responses.rate_headers import rate_headers
from application.admission.gate import AdmissionRequest, SubmissionGate


async def admit(gate: SubmissionGate, request: Request, count: int = 1, size: float | None = None) -> dict[str, str]:
    """Let a request pass that submits pictures, and return the headers of its answer.

    Args:
        gate: decides.
        request: of the caller.
        count: number of pictures.
        size: their average size in bytes; None while it is not known.

    Raises:
        DiskAlmostFull, BacklogFull, QueueFull, RateLimited: it has to wait.
        DatabaseUnavailable: the rates cannot be reached.
    """
    wanted = AdmissionRequest(caller_of(request), count, size)
    admission = gate.admit_at_once(wanted)
    if admission is None:
        admission = await run_in_threadpool(gate.admit, wanted)
    standing = admission.standing
    return rate_headers(standing.limit, standing.left) if standing else {}
