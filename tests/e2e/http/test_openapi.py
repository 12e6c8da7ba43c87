"""The service answers as its OpenAPI document says, whatever it is asked: schemathesis asks."""

import base64
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Serve
from tests.harness.processes import environment
from tests.harness.service import COFFEE, Service

REPOSITORY = Path(__file__).parents[3]
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
HOOKS = "tests.e2e.http.openapi_hooks"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)
# Of each operation, on top of the examples and of the edges of every parameter: about half a minute in all.
REQUESTS = 25
TIMEOUT_SECONDS = 300
# Enough that some are left at the end of all the deleting.
PREDICTIONS = 60
BROKEN = COFFEE[:2000] + bytes(len(COFFEE) - 4000) + COFFEE[-2000:]

# The hooks send them to this machine.
WEBHOOKS: dict[str, object] = {
    "webhook_secrets": "whsec_" + base64.b64encode(bytes(32)).decode(),
    "webhook_networks": "127.0.0.0/8",
    "webhook_retry_seconds": "0.1",
}


def without_default(document: dict[str, Any]) -> dict[str, Any]:
    """The document without its answer for any other status, which would permit every one of them."""
    for path in document["paths"].values():
        for operation in path.values():
            assert operation["responses"].pop("default", None) or "200" in operation["responses"]
    return document


def schemathesis(
    service: Service, uuids: list[str], folder: Path, key: str = "", checks: Sequence[str] = CHECKS
) -> "subprocess.CompletedProcess[str]":
    """Ask everything; `uuids` are those of predictions that there are."""
    document = folder / "openapi.json"
    document.write_text(json.dumps(without_default(service.client.get("/openapi.json").json())))
    options = ["--checks", ",".join(checks), "--max-examples", str(REQUESTS), "--seed", "1", "--no-color"]
    if key:
        options += ["--header", f"Authorization: Bearer {key}"]
    hooks = {"SCHEMATHESIS_HOOKS": HOOKS, "PYTHONPATH": str(REPOSITORY), "OPENAPI_UUIDS": ",".join(uuids)}
    return subprocess.run(
        [SCHEMATHESIS, "run", str(document), "--url", service.url, *options],
        cwd=folder,  # it leaves a cache behind
        env=environment() | hooks,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


@pytest.mark.parametrize("access", ["open", "keys"])
def test_no_undocumented_answer_and_no_server_error(serve: Serve, tmp_path: Path, access: str) -> None:
    service = serve(access=access, **WEBHOOKS)
    service.wait_until_ready()
    uuids = [service.submit(picture) for picture in (COFFEE, BROKEN) for _ in range(PREDICTIONS // 2)]
    assert {service.result(uuid)["status"] for uuid in uuids} == {"succeeded", "failed"}

    # Of a service that needs keys, everything is also asked without one, and with a wrong one.
    done = schemathesis(service, uuids, tmp_path, service.key, (*CHECKS, *(["ignored_auth"] if service.key else [])))

    assert done.returncode == 0, done.stdout + done.stderr
    assert service.process is not None
    assert "Traceback" not in service.process.log
    left = dict(service.rows("SELECT status, count(*) FROM predictions GROUP BY status"))
    assert left.keys() >= {"succeeded", "failed"}
    assert sum(left.values()) > PREDICTIONS / 2


def test_without_a_key_nothing_is_read_and_nothing_changes(serve: Serve, tmp_path: Path) -> None:
    service = serve(access="keys", **WEBHOOKS)
    service.wait_until_ready()
    uuids = [service.submit(COFFEE) for _ in range(5)]
    assert {service.result(uuid)["status"] for uuid in uuids} == {"succeeded"}
    before = service.rows("SELECT uuid, status FROM predictions ORDER BY uuid")

    done = schemathesis(service, uuids, tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert service.rows("SELECT uuid, status FROM predictions ORDER BY uuid") == before
