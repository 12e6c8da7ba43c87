"""Decoding in processes of their own, with real processes."""

import gc
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from adapters.vision.models.model_description import Interpolation, Recipe
from adapters.vision.pixels.decoding_process import DecodingRules
from adapters.vision.pixels.decoding_processes import DecodingProcesses, DecodingStopped, DecodingUnfinished
from adapters.vision.pixels.preprocess import prepare
from domain.errors import ImageTooExpensive, InvalidInput, TooManyPixels, TruncatedImage
from domain.image_limits import ImageLimits
from tests.harness.bombs import bmp_rle, png_bomb
from tests.harness.limits import limited
from tests.harness.pictures import encoded, gradient
from tests.harness.service import eventually

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="processes are found in Linux's /proc")

RECIPE = Recipe(64, 56, Interpolation.BICUBIC, (127.0,) * 3, (128.0,) * 3)
# Nothing is refused by its header here: what is tested is what happens to a picture that should have been.
LIMITS = ImageLimits(max_pixels=1_000_000_000, decoding_memory=1 << 40)
MEMORY = 400 << 20
PICTURE = encoded(gradient(300, 200), "PNG")
# Its decoder takes four seconds or more.
SLOW = bmp_rle(200_000, 200)


def children() -> set[int]:
    """Decoding processes of this one that have not ended."""
    found = set[int]()
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):
            text = status.read_text()
            is_ours = f"PPid:\t{os.getpid()}\n" in text and "State:\tZ" not in text
            if is_ours and b"decoding_process" in (status.parent / "cmdline").read_bytes():
                found.add(int(status.parent.name))
    return found


def send(number: signal.Signals) -> None:
    for pid in children():
        os.kill(pid, number)


@dataclass
class Decoding:
    """Decoding processes, and what becomes of a picture in a thread."""

    rules: DecodingRules = field(default_factory=DecodingRules)
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.processes = DecodingProcesses(RECIPE, LIMITS, self.stopping, self.rules)

    def end_of(self, data: bytes, meanwhile: Callable[[], object], memory: int = MEMORY) -> BaseException | None:
        ends: list[BaseException | None] = []

        def decode() -> None:
            try:
                self.processes.prepare(data, memory)
                ends.append(None)
            except BaseException as error:
                ends.append(error)

        thread = threading.Thread(target=decode, daemon=True)
        thread.start()
        assert eventually(lambda: bool(children()), seconds=20)
        time.sleep(1.0)  # the process begins to decode
        meanwhile()
        thread.join(30)
        assert ends
        return ends[0]


@pytest.fixture(autouse=True)
def nothing_is_left() -> None:
    gc.collect()  # what a test before it left in an error, its process included
    assert eventually(lambda: not children(), seconds=20)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_gives_the_same_pixels(image_format: str) -> None:
    data = encoded(gradient(300, 200), image_format)
    assert np.array_equal(Decoding().processes.prepare(data, MEMORY), prepare(data, RECIPE, LIMITS))


def test_refuses_for_the_same_reasons_and_goes_on() -> None:
    decoding = Decoding()
    with pytest.raises(TruncatedImage, match="cut off before its end"):
        decoding.processes.prepare(PICTURE[:-100], MEMORY)
    first = children()
    with pytest.raises(TooManyPixels, match="more than 1000000000 pixels"):
        decoding.processes.prepare(encoded(Image.new("1", (8, 8)), "PNG").replace(b"\0\0\0\x08", b"\0\1\0\0"), MEMORY)
    with pytest.raises(InvalidInput):
        decoding.processes.prepare(b"text", MEMORY)
    assert decoding.processes.prepare(PICTURE, MEMORY).shape == (56, 56, 3)
    assert len(first) == 1
    assert children() == first


def test_a_picture_may_take_no_more_memory_than_it_was_given() -> None:
    bomb = png_bomb(6000, 6000)
    with pytest.raises(ImageTooExpensive):
        Decoding().processes.prepare(bomb, 1 << 20)
    assert Decoding().processes.prepare(bomb, MEMORY).shape == (56, 56, 3)


def test_a_picture_may_take_no_more_processor_time() -> None:
    began = time.monotonic()
    with pytest.raises(ImageTooExpensive):
        Decoding(DecodingRules(processor_time=1, deadline=60)).processes.prepare(SLOW, MEMORY)
    assert time.monotonic() - began < 30


def test_a_picture_that_had_no_processor_is_left_for_another_attempt() -> None:
    decoding = Decoding(DecodingRules(deadline=2.5))
    end = decoding.end_of(SLOW, lambda: send(signal.SIGSTOP))
    assert isinstance(end, DecodingUnfinished)


def test_a_process_that_is_killed_says_nothing_about_its_picture() -> None:
    decoding = Decoding()
    end = decoding.end_of(SLOW, lambda: send(signal.SIGKILL))
    assert isinstance(end, MemoryError)
    assert decoding.processes.prepare(PICTURE, MEMORY).shape == (56, 56, 3)


def test_stopping_ends_what_is_being_decoded() -> None:
    decoding = Decoding()
    began = time.monotonic()
    end = decoding.end_of(SLOW, decoding.stopping.set)
    assert isinstance(end, DecodingStopped)
    assert time.monotonic() - began < 4


def test_ordinary_pictures_are_finished_while_the_engine_stops() -> None:
    decoding = Decoding(DecodingRules(grace=20))
    decoding.stopping.set()
    assert decoding.processes.prepare(PICTURE, MEMORY).shape == (56, 56, 3)


def test_signals_to_a_group_do_not_end_a_process() -> None:
    def signal_both() -> None:
        send(signal.SIGTERM)
        send(signal.SIGINT)

    end = Decoding().end_of(png_bomb(6000, 6000), signal_both)
    assert end is None


def test_an_idle_process_ends_and_another_one_is_started() -> None:
    decoding = Decoding(DecodingRules(idle=0.2))
    for _ in range(3):
        assert decoding.processes.prepare(PICTURE, MEMORY).shape == (56, 56, 3)
        time.sleep(0.5)
        assert not children()


def test_an_idle_process_that_was_killed_costs_no_attempt() -> None:
    decoding = Decoding()
    decoding.processes.prepare(PICTURE, MEMORY)
    [idle] = decoding.processes._idle
    send(signal.SIGKILL)
    assert eventually(lambda: not idle.is_alive, seconds=20)
    assert decoding.processes.prepare(PICTURE, MEMORY).shape == (56, 56, 3)


def test_memory_that_the_system_does_not_give_says_nothing_about_the_picture() -> None:
    with limited(0, 700 << 20, resource.RLIMIT_AS):
        program = (
            f"import sys; sys.path[:] = {sys.path!r}\n"
            "from tests.unit.vision.test_decoding_processes import *\n"
            "try: Decoding().processes.prepare(png_bomb(12_000, 12_000), 1 << 30)\n"
            "except DecodingUnfinished: print('unfinished')"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, text=True)
    assert done.stdout == "unfinished\n", done.stderr[-500:]


def test_several_threads_have_a_process_each_and_one_is_kept() -> None:
    decoding = Decoding()
    threads = [threading.Thread(target=decoding.processes.prepare, args=(PICTURE, MEMORY)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(children()) == 1


def test_a_process_ends_with_its_parent() -> None:
    program = (
        f"import sys, threading, time; sys.path[:] = {sys.path!r}\n"
        "from tests.unit.vision.test_decoding_processes import Decoding, PICTURE, MEMORY, children\n"
        "decoding = Decoding(); decoding.processes.prepare(PICTURE, MEMORY)\n"
        "print(*children(), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        [child] = re.findall(r"\d+", parent.stdout.readline().decode())
        parent.kill()
    assert eventually(lambda: not Path(f"/proc/{child}").exists(), seconds=20)


def test_no_memory_for_a_process_says_nothing_about_its_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(MemoryError):
        Decoding().processes.prepare(PICTURE, MEMORY)
