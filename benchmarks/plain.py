"""The limit: the rate of the machine when nothing but the work itself is done.

A script that anybody would write: each process decodes a picture with Pillow, cuts it, and runs the model, one picture
after the other. No server, no queue, nothing is stored, and nothing of the product but the file of its model.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, ClassVar

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from benchmarks.speed import Speed

# EfficientNet-Lite0's.
_RESIZE, _CROP = 256, 224
_REDUCING_GAP = 3.0


def open_plainly(model: bytes, threads: int) -> Callable[[NDArray[np.uint8]], Any]:
    """ONNX Runtime with its own defaults, but for the threads.

    Returns:
        pixels [N, 224, 224, 3] to probabilities.
    """
    options: Any = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session: Any = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda batch: session.run(None, {name: batch})[0]


def pixels_of(picture: bytes) -> NDArray[np.uint8]:
    """Input of the model, [224, 224, 3]: draft mode, then one crop and resize."""
    image = Image.open(BytesIO(picture))
    image.draft("RGB", (_RESIZE, _RESIZE))
    rgb = image.convert("RGB")
    side = min(rgb.size) * _CROP / _RESIZE
    left, top = (rgb.width - side) / 2, (rgb.height - side) / 2
    box = (left, top, left + side, top + side)
    return np.asarray(rgb.resize((_CROP, _CROP), Image.Resampling.BICUBIC, box, _REDUCING_GAP))


@dataclass
class PlainProcess:
    """State of one of the processes.

    Args:
        run: see `open_plainly`.
        pictures: encoded.
        together: waits for the other processes.
    """

    run: Callable[[NDArray[np.uint8]], Any]
    pictures: Sequence[bytes]
    together: Any
    # The pool's workers have nowhere else to keep it.
    current: ClassVar["PlainProcess"]


def prepare(model: bytes, pictures: Sequence[bytes], together: Any) -> None:
    """Set a process up."""
    PlainProcess.current = PlainProcess(open_plainly(model, threads=1), pictures, together)
    PlainProcess.current.run(pixels_of(pictures[0])[None])


def classify_for(seconds: float) -> Speed:
    """Classify until the time is over."""
    process = PlainProcess.current
    process.together.wait()
    began, cpu_began, done = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - began < seconds:
        int(process.run(pixels_of(process.pictures[done % len(process.pictures)])[None])[0].argmax())
        done += 1
    return Speed(done / (time.perf_counter() - began), {"process": (time.process_time() - cpu_began) / done})
