"""Messages between the engine and a decoding process, over a socket: a header of fixed size and bytes, no pickle.

task:   length of the picture, bytes of memory | the picture
answer: outcome, length                        | pixels, or JSON {"code", "message"} of a refusal
"""

import json
import struct
from collections.abc import Callable
from enum import IntEnum

from domain.errors import (
    EmptyImage,
    ImageTooExpensive,
    InvalidInput,
    TooManyPixels,
    TruncatedImage,
    UndecodableImage,
    UnsupportedImage,
)

_TASK = struct.Struct("!QQ")
_ANSWER = struct.Struct("!BQ")
_REFUSALS: dict[str, type[InvalidInput]] = {
    error.code: error
    for error in (
        EmptyImage,
        ImageTooExpensive,
        TooManyPixels,
        TruncatedImage,
        UndecodableImage,
        UnsupportedImage,
    )
}

# Reads exactly so many bytes, or raises EOFError.
Receive = Callable[[int], bytes]


class Outcome(IntEnum):
    """End of a task: pixels, a refused picture, or memory that the system has not."""

    PIXELS = 0
    REFUSED = 1
    NO_MEMORY = 2


def task_message(data: bytes, memory: int) -> bytes:
    """A picture to decode, with as many bytes of memory."""
    return _TASK.pack(len(data), memory) + data


def receive_task(receive: Receive) -> tuple[bytes, int]:
    """Picture and memory of the next task."""
    length, memory = _TASK.unpack(receive(_TASK.size))
    return receive(length), memory


def answer_message(outcome: Outcome, content: bytes = b"") -> bytes:
    """The end of a task."""
    return _ANSWER.pack(outcome, len(content)) + content


def refusal_message(refusal: InvalidInput) -> bytes:
    """A picture that cannot be taken."""
    facts = {"code": refusal.code, "message": refusal.message}
    return answer_message(Outcome.REFUSED, json.dumps(facts).encode())


def receive_answer(receive: Receive) -> bytes:
    """Pixels of the next answer.

    Raises:
        InvalidInput: the picture was refused.
        MemoryError: there was not enough memory.
    """
    number, length = _ANSWER.unpack(receive(_ANSWER.size))
    content = receive(length)
    match Outcome(number):
        case Outcome.PIXELS:
            return content
        case Outcome.REFUSED:
            facts = json.loads(content)
            raise _REFUSALS[facts["code"]](facts["message"])
        case Outcome.NO_MEMORY:
            raise MemoryError
