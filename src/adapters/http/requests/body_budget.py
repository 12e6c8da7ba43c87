"""Memory that the bodies of all requests may hold together."""

from collections.abc import Callable

from adapters.http.requests.request_errors import TooManyBodies


class BodyBudget:
    """Bytes that bodies may hold together in this process.

    Where it is used up, the body that holds the most gives way, unless it is received already. So a few large bodies
    that never end do not keep small ones out. To be used within one event loop.

    Args:
        max_bytes: of all bodies.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held = 0
        self._shares: set[Share] = set()

    @property
    def held(self) -> int:
        """Bytes that are held now."""
        return self._held

    def share(self) -> "Share":
        """A share of one body, with nothing in it yet."""
        return Share(self)

    def give_back(self, share: "Share") -> None:
        """Take all bytes of a share back."""
        self._held -= share.held
        share.held = 0
        self._shares.discard(share)

    def take(self, share: "Share", size: int) -> None:
        """Add bytes to a share.

        Raises:
            TooManyBodies: there are not so many left, and this body would be the largest.
        """
        while self._held + size > self._max_bytes:
            largest = max((each for each in self._shares if each.give_way), key=lambda each: each.held, default=share)
            if largest is share or largest.held <= share.held + size:
                raise TooManyBodies
            largest.is_displaced = True
            self.give_back(largest)
            assert largest.give_way
            largest.give_way()
        self._held += size
        share.held += size
        self._shares.add(share)


class Share:
    """Bytes that one body holds until they are given back."""

    def __init__(self, budget: BodyBudget) -> None:
        self._budget = budget
        self.held = 0
        # Ends the receipt of the body; None while it cannot be ended.
        self.give_way: Callable[[], None] | None = None
        self.is_displaced = False

    def grow(self, size: int) -> None:
        """Hold more bytes.

        Raises:
            TooManyBodies: there are not so many left, or another body got those of this one.
        """
        if self.is_displaced:
            raise TooManyBodies
        self._budget.take(self, size)

    def give_back(self) -> None:
        """Hold nothing more."""
        self._budget.give_back(self)
