"""Features of the CPU that int8 models depend on."""

import platform
import re
from pathlib import Path

# Instructions that sum products of bytes in 32 bits: AVX512-VNNI, AVX-VNNI, AMX.
_EXACT = re.compile(r"\b(avx512_vnni|avx_vnni|amx_int8)\b")


def int8_sums_saturate() -> bool:
    """True if sums of products of bytes may saturate, see `weight_scales`: on x86-64 without VNNI, or if unknown."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    try:
        return not _EXACT.search(Path("/proc/cpuinfo").read_text())
    except OSError:
        return True
