"""Receivers of webhooks that do what receivers should not do, on addresses of this machine."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

# Pause between two bytes of a receiver that drips its answer.
_DRIP_SECONDS = 0.2


class _Server(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False  # some of its answers never end
    request_queue_size = 256

    def __init__(self, host: str, answer: Callable[[socket.socket, threading.Event], None]) -> None:
        self.answer, self.over = answer, threading.Event()
        super().__init__((host, 0), _Handler)


class _Handler(BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        with suppress(OSError):  # the sender went away
            self.server.answer(self.request, self.server.over)


@contextmanager
def hanging(host: str) -> Iterator[str]:
    """The URL of a receiver that takes connections and reads nothing."""

    def hang(_connection: socket.socket, over: threading.Event) -> None:
        over.wait()

    with _serving(host, hang) as url:
        yield url


@contextmanager
def dripping(host: str) -> Iterator[str]:
    """The URL of a receiver that answers byte by byte and never gets to the end of the headers."""

    def drip(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while not over.wait(_DRIP_SECONDS):
            connection.sendall(b"x")

    with _serving(host, drip) as url:
        yield url


@contextmanager
def endless(host: str) -> Iterator[str]:
    """The URL of a receiver whose answer has no end."""

    def pour(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not over.is_set():
            connection.sendall(b"x" * 65_536)

    with _serving(host, pour) as url:
        yield url


@contextmanager
def refusing(host: str) -> Iterator[str]:
    """A URL at which nobody listens."""
    with socket.socket() as bound:
        bound.bind((host, 0))
        yield _url(bound)


@contextmanager
def _serving(host: str, answer: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    with _Server(host, answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield _url(server.socket)
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


def _url(bound: socket.socket) -> str:
    host, port = bound.getsockname()
    return f"http://{host}:{port}/"
