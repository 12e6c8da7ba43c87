"""Bombs of 40 million pixels: their ends, and the memory that they take, against what their headers say."""

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from domain.decoding_cost import DecodingCost
from domain.errors import InvalidInput
from domain.image_header import read_header
from domain.image_limits import ImageLimits
from tests.harness import measured_decoding
from tests.harness.bombs import BOMBS

# What is resized, and what the interpreter takes meanwhile.
_ALLOWANCE = 12_000_000
_REFUSED = {
    "PNG, one line of 40 million",
    "WebP, header only",
    "WebP, narrow",
    "JPEG, 1,000 scans",
    "JPEG, small, 70,000 scans",
    "JPEG of fill bytes",
    "BMP RLE, large",
}
_DAMAGED = {
    "PNG with much text": "image_undecodable",
    "WebP, smaller header only": "image_undecodable",
    "BMP, header only": "image_truncated",
}


@cache
def bomb(name: str) -> bytes:
    return BOMBS[name]()


@pytest.fixture(scope="module")
def measured() -> dict[str, dict[str, Any]]:
    """Peak of the memory, and end, of each bomb in one process that decodes them one after the other."""
    done = subprocess.run([sys.executable, measured_decoding.__file__], capture_output=True, check=True, text=True)
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", BOMBS)
def test_the_api_refuses_what_the_engine_would(name: str) -> None:
    code = ""
    try:
        ImageLimits().check(bomb(name))
    except InvalidInput as refusal:
        code = refusal.code
    assert code == ("image_too_expensive" if name in _REFUSED else "")


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is measured through Linux's /proc")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_has_its_end_and_takes_no_more_memory_than_its_header_says(
    measured: dict[str, dict[str, Any]], name: str
) -> None:
    expected = "image_too_expensive" if name in _REFUSED else _DAMAGED.get(name, "pixels")
    assert measured[name]["end"] == expected
    if name in _REFUSED:
        assert measured[name]["peak"] < _ALLOWANCE
        return
    header = read_header(bomb(name))
    cost = DecodingCost.of(header.width, header.height, header.coding)
    assert measured[name]["peak"] < cost.memory + _ALLOWANCE
    assert measured[name]["seconds"] < 8


def test_the_corpus_has_every_format() -> None:
    assert {re.split(r"\W", name)[0] for name in BOMBS} == {"JPEG", "PNG", "WebP", "GIF", "BMP"}
