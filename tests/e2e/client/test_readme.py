"""The code in the README and in the guide to the client, run as it stands there."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.harness.service import Service

REPOSITORY = Path(__file__).parents[3]
ADDRESS = "http://localhost:5000"
BLOCKS = re.findall(r"```sh\n(.*?)```", (REPOSITORY / "README.md").read_text(), re.DOTALL)
SUBMISSIONS = [block for block in BLOCKS if "curl" in block and "coffee.png" in block]
LOOK_UPS = [block for block in BLOCKS if "curl" in block and "/predictions/" in block]
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

PYTHON = {
    name: "\n".join(re.findall(r"```python\n(.*?)```", (REPOSITORY / name).read_text(), re.DOTALL))
    for name in ("README.md", "docs/client.md")
}


def run(block: str, service: Service) -> dict[str, Any]:
    """Output of the commands when the service runs at the README's address; of events, the last one's data."""
    script = block.replace(ADDRESS, service.url).replace("curl ", "curl --silent ")
    done = subprocess.run(["bash", "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout.strip().rpartition("data: ")[2])
    return answer


@pytest.mark.parametrize("block", SUBMISSIONS, ids=["json", "wait", "file", "with a key"])
def test_a_picture_is_submitted_and_looked_up(service: Service, block: str) -> None:
    submitted = run(block, service)
    assert submitted["name"] == "coffee"
    service.result(submitted["uuid"])
    for look_up in LOOK_UPS:
        looked_up = run(_UUID.sub(submitted["uuid"], look_up), service)
        assert (looked_up["status"], looked_up["prediction"]) == ("succeeded", "espresso")


@pytest.mark.parametrize("document", PYTHON)
def test_the_client_finds_the_label(service: Service, document: str) -> None:
    program = PYTHON[document].replace(ADDRESS, service.url)
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("espresso 0.9")
