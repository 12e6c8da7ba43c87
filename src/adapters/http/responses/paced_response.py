"""Send a long answer only as fast as the client reads it."""

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from adapters.http.requests.body_budget import BodyBudget

# The server holds one piece for each client that does not read; a fast one gets all of them at once.
_PIECE = 65_536


class PacedResponse(Response):
    """A response in pieces, each sent when the client has taken the one before; its bytes count until the last.

    Raises:
        TooManyBodies: the pictures for all clients together are too large.
    """

    budget: BodyBudget

    def within(self, budget: BodyBudget) -> "PacedResponse":
        """Count the bytes in `budget`."""
        self.budget = budget
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        share = self.budget.share()
        share.grow(len(self.body))
        try:
            await self._send(send)
        finally:
            share.give_back()

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for start in range(0, len(self.body), _PIECE):
            piece = bytes(self.body[start : start + _PIECE])
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
