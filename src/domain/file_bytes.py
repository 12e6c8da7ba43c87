"""Numbers in the bytes of a file."""

from typing import Literal


def unsigned(data: bytes, start: int, length: int, order: Literal["little", "big"] = "little") -> int:
    """The unsigned integer in `length` bytes from `start` on.

    Raises:
        IndexError: the data ends before it.
    """
    if start + length > len(data):
        raise IndexError
    return int.from_bytes(data[start : start + length], order)
