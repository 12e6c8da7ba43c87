"""Faults of the memory."""

import os
import resource
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from PIL import Image

from soak.leaks import descendants
from soak.pictures import Picture, classify_alone
from soak.scenario_run import ScenarioRun
from soak.scenarios.phases import during
from soak.supervisor import SupervisedProcess
from soak.system import Layout
from tests.harness.limits import limited, without_memory
from tests.harness.service import IMAGES

# Less address space than an engine has: it gets nothing more beside what is in its hands, which is enough for a small
# picture. A large one is decoded in a process of its own, with the same limit, which cannot load its libraries.
_ENGINE_BYTES = 100_000_000
# The large picture has 60 MB of pixels.
_TIMES = 9
# One picture of so many is large.
_LARGE_OF = 12


def shortage(run: ScenarioRun) -> None:
    """Let every allocation of the engines fail that is larger than usual: what they cannot do now they do later."""
    large = _large_picture(run.folder)
    run.pictures = [*islice(cycle(run.pictures), _LARGE_OF - 1), large]
    # A picture has three attempts, which must last longer than the shortage.
    with run.system(lease_seconds=run.times(5, 30)) as system:
        during(run, system, partial(_starved, system.workers), prepared=False)
        run.figures["engine deaths"] = sum(worker.starts - 1 for worker in system.workers)


def api_shortage(run: ScenarioRun) -> None:
    """Let every new allocation of the API fail: it cuts a connection, or refuses a picture, or takes it as ever."""
    run.pictures = [*run.pictures, _large_picture(run.folder)]
    with run.system(Layout(apis=2, api_processes=1)) as system:
        # Uvicorn calls a request invalid that it has no memory for.
        during(run, system, partial(_without_memory, system.apis), answered={0, 400, 503}, prepared=False)
        run.figures["API deaths"] = sum(api.starts - 1 for api in system.apis)


@contextmanager
def _starved(processes: Sequence[SupervisedProcess]) -> Iterator[None]:
    with ExitStack() as undo:
        for process in processes:
            undo.enter_context(limited(process.pid, _ENGINE_BYTES, resource.RLIMIT_AS))
            for decoding_process in descendants(process.pid):  # the next one has the limit
                os.kill(decoding_process, signal.SIGKILL)
        yield


@contextmanager
def _without_memory(processes: Sequence[SupervisedProcess]) -> Iterator[None]:
    with ExitStack() as undo:
        for process in processes:
            undo.enter_context(without_memory(process.pid, spare=0))
        yield


def _large_picture(folder: Path) -> Picture:
    """A PNG, which is decoded as a whole, while a JPEG is reduced meanwhile."""
    file = folder / "large.png"
    with Image.open(IMAGES / "coffee.png") as picture:
        size = picture.width * _TIMES, picture.height * _TIMES
        picture.convert("RGB").resize(size, Image.Resampling.NEAREST).save(file, optimize=True)
    return Picture(file.read_bytes(), *classify_alone([file]))
