"""A service that needs keys, for the tests of the page."""

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import embedded
from tests.harness.service import EmbeddedService


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedService]:
    with embedded(tmp_path_factory.mktemp("guarded"), access="keys") as service:
        service.wait_until_ready()
        yield service


@pytest.fixture(scope="module")
def key(guarded: EmbeddedService) -> str:
    return guarded.create_key("--owner", "shop")
