"""One service for all tests that do not harm it."""

from collections.abc import Iterator

import pytest

from tests.e2e.service import Service, running


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that is ready."""
    with running(tmp_path_factory.mktemp("service")) as service:
        service.wait_until_ready()
        yield service
