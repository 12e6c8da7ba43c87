"""The decoding process: prepares pictures that its parent sends, each within a limit of memory and processor time.

It runs this module's `main`, with the recipe and the limits as JSON in its argument and a socket as standard input. It
ends when its parent does, or when it has had nothing to do for a while.
"""

import json
import math
import mmap
import resource
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from adapters.vision.models.model_description import Interpolation, Recipe
from adapters.vision.pixels.child_messages import (
    Outcome,
    Receive,
    answer_message,
    receive_task,
    refusal_message,
)
from adapters.vision.pixels.preprocess import prepare
from domain.errors import ImageTooExpensive, InvalidInput
from domain.image_limits import ImageLimits

# Address space beside what the cost of the picture accounts for: what is resized, and room for the allocator.
_SPARE_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class DecodingRules:
    """Time of decoding processes, in seconds.

    Args:
        deadline: for a picture, from its start to its end: no picture holds a slot for longer.
        processor_time: for a picture. The dearest one within the limits takes less than two on a core of 2024.
        grace: for a picture once the engine stops. Ordinary ones are done by then.
        idle: between two pictures. Starting takes a quarter of a second, and an idle process holds 40 MB.
    """

    deadline: float = 10.0
    processor_time: int = 8
    grace: float = 1.0
    idle: float = 10.0


def describe_work(recipe: Recipe, limits: ImageLimits, rules: DecodingRules) -> str:
    """The argument of a decoding process."""
    return json.dumps({"recipe": asdict(recipe), "limits": asdict(limits), "rules": asdict(rules)})


def main() -> None:
    """Run in the decoding process until there is nothing more to do."""
    # Its parent decides when it ends, also when a signal goes to the whole group of processes.
    for stopping in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stopping, signal.SIG_IGN)
    for kind in (resource.RLIMIT_CPU, resource.RLIMIT_AS):
        _keep_limit(kind)
    facts = json.loads(sys.argv[1])
    interpolation = Interpolation(facts["recipe"].pop("interpolation"))
    recipe, limits = Recipe(**facts["recipe"], interpolation=interpolation), ImageLimits(**facts["limits"])
    rules = DecodingRules(**facts["rules"])
    channel = socket.socket(fileno=sys.stdin.fileno())
    with suppress(EOFError, TimeoutError, ConnectionError):
        while True:
            channel.settimeout(rules.idle)
            data, memory = receive_task(_receiver(channel))
            _limit(resource.RLIMIT_CPU, math.ceil(time.process_time()) + rules.processor_time)
            channel.sendall(_answer(data, memory, recipe, limits))


def _receiver(channel: socket.socket) -> Receive:
    def receive(count: int) -> bytes:
        content = bytearray()
        while len(content) < count:
            part = channel.recv(count - len(content))
            if not part:
                raise EOFError
            content += part
        return bytes(content)

    return receive


def _answer(data: bytes, memory: int, recipe: Recipe, limits: ImageLimits) -> bytes:
    _limit(resource.RLIMIT_AS, _address_space() + memory + _SPARE_BYTES)
    try:
        return answer_message(Outcome.PIXELS, prepare(data, recipe, limits).tobytes())
    except InvalidInput as refusal:
        return refusal_message(refusal)
    except MemoryError:
        _limit(resource.RLIMIT_AS, resource.RLIM_INFINITY)
        return refusal_message(ImageTooExpensive()) if _has(memory) else answer_message(Outcome.NO_MEMORY)
    finally:
        _limit(resource.RLIMIT_AS, resource.RLIM_INFINITY)


def _keep_limit(kind: int) -> None:
    """Never raise a limit above what this process was given."""
    soft, _ = resource.getrlimit(kind)
    with suppress(ValueError, OSError):
        resource.setrlimit(kind, (soft, soft))


def _limit(kind: int, limit: int) -> None:
    """Set a limit, up to what this process was given."""
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        limit = hard if limit == resource.RLIM_INFINITY else min(limit, hard)
    with suppress(ValueError, OSError):  # macOS knows no limit of the address space
        resource.setrlimit(kind, (limit, hard))


def _address_space() -> int:
    with suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[0]) * mmap.PAGESIZE
    return 0


def _has(memory: int) -> bool:
    """True if the system has so much memory."""
    try:
        mmap.mmap(-1, memory).close()
    except OSError:
        return False
    return True
