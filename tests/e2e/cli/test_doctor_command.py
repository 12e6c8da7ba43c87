"""`predictor doctor` beside what it looks at."""

import subprocess

from tests.e2e.conftest import Produce, Serve
from tests.harness.processes import PREDICTOR, environment


def doctor(settings: dict[str, object]) -> tuple[int, dict[str, str]]:
    """The exit code, and what it says of each part."""
    done = subprocess.run(
        [PREDICTOR, "doctor"], env=environment(**settings), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    return done.returncode, {line[:12].strip(): line[13:] for line in done.stdout.splitlines()}


def test_beside_a_service_in_one_process(serve: Serve) -> None:
    service = serve()
    service.wait_until_ready()
    code, found = doctor(service.settings)
    assert code == 0, found
    assert found["model"] == "ok       efficientnet_lite0, compiled"
    assert found["schema"] == "ok       fits this version"


def test_beside_servers_that_run_and_a_broker_that_does_not(produce: Produce) -> None:
    service = produce()
    code, found = doctor(service.settings)
    assert code == 0, found
    assert found["clock"] == "ok       agrees with the database server's"
    assert found["broker"].startswith("ok       answers in ")

    code, found = doctor(service.settings | {"broker_url": "amqp://guest:guest@127.0.0.1:9/"})
    assert code == 1
    assert [part for part, text in found.items() if text.startswith("problem ")] == ["broker"]
