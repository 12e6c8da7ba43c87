"""LitServe with the same model file, the same decoding and the same engine; answers with the label's number.

    .venv-peers/bin/python -m benchmarks.litserve_server MODEL PORT WORKERS

Nothing is stored, and the client waits for its answer. The settings are those that were fastest here: a worker for
each core with one thread each, batches of what is waiting up to eight.
"""

import sys
from pathlib import Path
from typing import Any

import litserve  # type: ignore[import-not-found]  # in a virtual environment of its own
import numpy as np
import pybase64
from numpy.typing import NDArray

from benchmarks.plain import open_plainly, pixels_of

_BATCH = 8


class Classify(litserve.LitAPI):  # type: ignore[misc]
    """JSON with a picture in base64 to the number of its label."""

    def setup(self, device: str) -> None:
        self.run = open_plainly(Path(sys.argv[1]).read_bytes(), threads=1)

    def decode_request(self, request: dict[str, str]) -> NDArray[np.uint8]:
        return pixels_of(pybase64.b64decode(request["data"]))

    def batch(self, inputs: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
        return np.stack(inputs)

    def predict(self, batch: NDArray[np.uint8]) -> list[int]:
        found: list[int] = self.run(batch).argmax(axis=1).tolist()
        return found

    def unbatch(self, output: list[int]) -> list[int]:
        return output

    def encode_response(self, output: int) -> dict[str, Any]:
        return {"prediction": output}


if __name__ == "__main__":
    api = Classify(max_batch_size=_BATCH)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=int(sys.argv[3]))
    server.run(port=int(sys.argv[2]), num_api_servers=1, generate_client_file=False, log_level="warning")
