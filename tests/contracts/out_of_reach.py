"""A technology that cannot be reached, so that a contract shows what works without it."""

from contextlib import AbstractContextManager, nullcontext

import pytest


class OutOfReach:
    """Base of the contracts of batches: an empty batch is no work, and needs no technology."""

    @pytest.fixture
    def out_of_reach(self) -> AbstractContextManager[object]:
        """Within it the technology cannot be reached. In memory there is nothing that could be away."""
        return nullcontext()
