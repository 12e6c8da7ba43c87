"""Size and coding of a JPEG from its markers (ITU-T T.81 annex B)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain.decoding_cost import Coding
from domain.errors import ImageTooExpensive, TruncatedImage, UndecodableImage
from domain.file_bytes import unsigned

# Start-of-frame markers C0-CF without DHT (C4), JPG (C8) and DAC (CC).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = 0xC2
# Baseline, extended and progressive, with Huffman codes. Arithmetic and lossless coding are next to never seen.
_ORDINARY = frozenset({0xC0, 0xC1, _PROGRESSIVE})
_SCAN, _END = 0xDA, 0xD9
# Markers without a length field: TEM, those that are reserved, restart markers, start and end.
_BARE = frozenset({*range(0xC0), *range(0xD0, 0xDA)})
# Next marker behind coded pixels: 00 stuffs a byte FF, D0 to D7 restart the coder, and FF fills up.
_MARKER = re.compile(b"\xff[\x01-\xcf\xd8-\xfe]")
# Of segments, fill bytes and scans. A photograph has 30; a megabyte of the shortest would take long to look through.
_MOST_SEGMENTS = 4096
_BLOCK, _COEFFICIENT_BYTES = 8, 2


@dataclass(frozen=True, slots=True)
class _Frame:
    marker: int
    width: int
    height: int
    # Horizontal and vertical sampling factors of the components.
    samplings: tuple[tuple[int, int], ...]

    @classmethod
    def read(cls, data: bytes, position: int) -> "_Frame":
        count = unsigned(data, position + 9, 1)
        factors = [unsigned(data, position + 11 + 3 * number, 1) for number in range(count)]
        height, width = unsigned(data, position + 5, 2, "big"), unsigned(data, position + 7, 2, "big")
        return cls(data[position + 1], width, height, tuple((f >> 4 or 1, f & 15 or 1) for f in factors))

    def coefficient_bytes(self) -> int:
        """Memory of all coefficients, which a decoder of several scans holds until the last one."""
        across = max((h for h, _ in self.samplings), default=1)
        down = max((v for _, v in self.samplings), default=1)
        units = -(-self.width // (across * _BLOCK)) * -(-self.height // (down * _BLOCK))
        return units * sum(h * v for h, v in self.samplings) * _BLOCK**2 * _COEFFICIENT_BYTES


def read_jpeg(data: bytes) -> tuple[int, int, Coding]:
    """Width, height and coding of a JPEG.

    Raises:
        IndexError, TruncatedImage: the file ends too early.
        UndecodableImage: it contradicts itself.
        ImageTooExpensive: it has more segments than any photograph.
    """
    frame: _Frame | None = None
    position = 0
    for marker, position in _segments(data):
        if marker in _FRAMES:
            frame = _Frame.read(data, position)
    if frame is None:
        raise UndecodableImage
    # An embedded thumbnail has an end marker of its own, so only one behind the first scan counts.
    if data.rfind(bytes((0xFF, _END)), position) < 0:
        raise TruncatedImage
    return frame.width, frame.height, _coding(data, frame, position)


def _coding(data: bytes, frame: _Frame, position: int) -> Coding:
    is_whole = unsigned(data, position + 4, 1) >= len(frame.samplings)
    channels = len(frame.samplings)
    is_buffered = frame.marker not in _ORDINARY or frame.marker == _PROGRESSIVE or not is_whole
    return Coding(
        pixel_bytes=1 if channels == 1 else 4,
        decoder_bytes=frame.coefficient_bytes() if is_buffered else 0,
        passes=_count_scans(data, position) if is_buffered else 1,
        is_rgb=channels == 3,
        is_reduced=True,
        is_ordinary=frame.marker in _ORDINARY,
    )


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Markers up to that of the first scan, with their positions; fails where one does not follow the other."""
    position = 2
    for _ in range(_MOST_SEGMENTS):
        if data[position] != 0xFF:
            raise UndecodableImage
        marker = data[position + 1]
        if marker == 0xFF:  # fill byte
            position += 1
            continue
        yield marker, position
        if marker == _SCAN:
            return
        position += 2 if marker in _BARE else 2 + unsigned(data, position + 2, 2, "big")
    raise ImageTooExpensive


def _count_scans(data: bytes, first: int) -> int:
    """Number of scans up to the end marker, as the decoder finds them: nothing behind the end counts."""
    scans, position = 1, first + 2 + unsigned(data, first + 2, 2, "big")
    for _ in range(_MOST_SEGMENTS):
        found = _MARKER.search(data, position)
        if found is None or data[found.start() + 1] == _END:
            return scans
        marker, position = data[found.start() + 1], found.end()
        scans += marker == _SCAN
        if marker not in _BARE and position + 2 <= len(data):
            position += unsigned(data, position, 2, "big")
    raise ImageTooExpensive
