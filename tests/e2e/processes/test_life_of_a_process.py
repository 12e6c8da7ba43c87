"""Start, stop, crash, and what must not be lost meanwhile."""

import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import Serve
from tests.harness.processes import PREDICTOR, environment
from tests.harness.service import CAMERA, COFFEE, eventually


def test_it_answers_while_the_model_is_loading(serve: Serve) -> None:
    service = serve()
    not_ready = service.client.get("/health/ready")
    uuid = service.submit(COFFEE)
    assert service.get(uuid)["prediction"] is None
    assert not_ready.status_code == 503
    assert not_ready.json()["checks"]["model"] == "The model is still loading."
    assert not_ready.json()["checks"]["database"] == "ok"

    service.wait_until_ready()
    assert service.result(uuid)["prediction"] == "espresso"
    assert service.client.get("/").json()["status"] == "ok"


def test_a_crash_loses_nothing_that_was_queued(serve: Serve) -> None:
    service = serve()
    # While the model is loading, so that they are still there when it begins.
    uuids = [service.submit(COFFEE if n % 2 else CAMERA) for n in range(50)]
    eventually(lambda: service.rows("SELECT 1 FROM predictions WHERE status = 'processing'") or None)
    service.stop(signal.SIGKILL)
    left = service.rows("SELECT count(*) FROM predictions WHERE status IN ('queued', 'processing')")[0][0]
    assert left > 0, "everything was finished before the crash; submit more"

    service.start()

    results = [service.result(uuid) for uuid in uuids]
    assert [r["status"] for r in results] == ["succeeded"] * 50
    assert [r["prediction"] for r in results] == ["tripod", "espresso"] * 25
    assert max(r["attempts"] for r in results) <= 2
    assert service.rows("SELECT count(*) FROM predictions") == [(50,)]
    assert service.rows("PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_finishes_what_is_in_work(serve: Serve, how: signal.Signals) -> None:
    service = serve()
    service.wait_until_ready()
    for _ in range(20):
        service.submit(COFFEE)
    assert service.stop(how) == 0
    assert service.rows("SELECT count(*) FROM predictions WHERE status = 'processing'") == [(0,)]


def fails(**settings: object) -> str:
    """The error output of `predictor serve` when it cannot start."""
    done = subprocess.run(
        [PREDICTOR, "serve"], env=environment(**settings), capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 1
    return done.stderr


def test_a_model_that_cannot_be_loaded_stops_the_process_with_one_clear_line(tmp_path: Path) -> None:
    said = fails(data_dir=tmp_path, port=0, model="squeezenet1_O").splitlines()
    assert said[-1].startswith("predictor: ")
    assert "squeezenet1_O" in said[-1]
    assert "Traceback" not in "".join(said)


def test_a_wrong_setting_names_its_variable(tmp_path: Path) -> None:
    said = fails(data_dir=tmp_path, port="secret")
    assert said.startswith("predictor: PREDICTOR_PORT: ")
    assert "secret" not in said


def test_two_processes_cannot_share_a_folder(tmp_path: Path, serve: Serve) -> None:
    serve()
    assert "PREDICTOR_DATA_DIR" in fails(data_dir=tmp_path, port=0)


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"127.0.0.1:{port}" in fails(data_dir=tmp_path, port=port)


def test_slow_bodies_are_not_waited_for(serve: Serve) -> None:
    service = serve(receive_timeout_seconds=0.5)
    host, port = service.url.removeprefix("http://").split(":")
    began = time.monotonic()
    with socket.create_connection((host, int(port)), timeout=30) as slow:
        slow.sendall(b"POST /inference/image HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{")
        assert b" 408 " in slow.recv(65_536)
    assert time.monotonic() - began >= 0.5
    assert eventually(service.answers)
