"""The commands against a service that needs keys, from `predictor keys create` to `predictor keys revoke`."""

import subprocess
from pathlib import Path

from tests.e2e.conftest import Serve
from tests.harness.processes import PREDICTOR, environment
from tests.harness.service import IMAGES, eventually


def test_a_key_from_its_making_to_its_end(serve: Serve, tmp_path: Path) -> None:
    service = serve(access="keys")
    service.wait_until_ready()
    key = service.create_key("--owner", "shop", "--name", "a program")
    (file := tmp_path / "key").write_text(f"{key}\n")

    def predictor(*arguments: str | Path, **settings: str) -> "subprocess.CompletedProcess[str]":
        command = [PREDICTOR, *arguments]
        variables = environment(url=service.url, **settings)
        return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120, check=False)

    refused = predictor("submit", IMAGES / "coffee.png")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
    assert "PREDICTOR_API_KEY" in refused.stderr

    submitted = predictor("submit", "--wait", IMAGES / "coffee.png", api_key=key)
    assert (submitted.returncode, submitted.stderr) == (0, "")
    assert "espresso" in submitted.stdout
    [line] = predictor("list", "--api-key-file", file).stdout.splitlines()
    uuid = line.split("\t")[0]
    assert "espresso" in predictor("get", uuid, api_key_file=str(file)).stdout
    assert predictor("get", uuid, api_key=service.key).stderr.startswith("predictor: There is no prediction")
    assert predictor("status", api_key=key).returncode == 0

    new = service.rotate_key(key, overlap_hours=1)
    assert predictor("delete", uuid, api_key=new).stdout == f"{uuid} deleted\n"
    service.revoke_key(key)
    ended = eventually(lambda: done if (done := predictor("list", api_key=key)).returncode else None, 10)
    assert ended.stderr.splitlines() == [
        "predictor: The API key is not valid: it is unknown, has expired or was revoked. "
        "Ask whoever runs the service for another one."
    ]
    assert predictor("list", api_key=new).returncode == 0
    assert service.process is not None
    assert not [secret for secret in (key, new, service.key) if secret in service.process.log]
