"""Every test of the client holds for both of them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.client.script import Face, Script

Connect = Callable[..., Face]


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def connect(request: pytest.FixtureRequest) -> Connect:
    """A client of a script."""

    def connect(script: Script, **settings: Any) -> Face:
        return Face(script, is_async=request.param, **settings)

    return connect
