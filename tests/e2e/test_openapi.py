"""The service answers as its OpenAPI document says, whatever it is asked: schemathesis asks."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.e2e.conftest import Serve
from tests.e2e.service import environment

REPOSITORY = Path(__file__).parents[2]
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
HOOKS = "tests.e2e.openapi_hooks"
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
PATIENCE_SECONDS = 300

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


def test_no_undocumented_answer_and_no_server_error(serve: Serve, tmp_path: Path) -> None:
    service = serve(**WEBHOOKS)
    service.wait_until_ready()
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(without_default(service.client.get("/openapi.json").json())))
    options = ["--checks", ",".join(CHECKS), "--max-examples", str(REQUESTS), "--seed", "1", "--no-color"]
    done = subprocess.run(
        [SCHEMATHESIS, "run", str(document), "--url", service.url, *options],
        cwd=tmp_path,  # it leaves a cache behind
        env=environment() | {"SCHEMATHESIS_HOOKS": HOOKS, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert service.process is not None
    assert "Traceback" not in service.process.log
    assert service.rows("SELECT count(*) FROM predictions WHERE status = 'succeeded'")[0][0] > 0
