import os
import threading

from adapters.runners.parent_watch import ParentWatch


def test_acts_once_when_the_parent_is_gone() -> None:
    alive, parent = os.pipe()
    gone = threading.Semaphore(0)
    watch = ParentWatch(alive, gone.release)
    watch.start()
    assert not gone.acquire(timeout=0.05)
    os.close(parent)
    assert gone.acquire(timeout=20)
    watch.stop()
    assert not gone.acquire(blocking=False)


def test_stops_while_the_parent_lives() -> None:
    alive, _parent = os.pipe()
    watch = ParentWatch(alive)
    watch.start()
    watch.stop()
