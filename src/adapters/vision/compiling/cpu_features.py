"""What this processor can do that matters to a compiled model."""

import platform
import re
from pathlib import Path

# Products of bytes summed in 32 bits: AVX512-VNNI, AVX-VNNI, AMX.
_EXACT = re.compile(r"\b(avx512_vnni|avx_vnni|amx_int8)\b")


def sums_pairs_in_16_bits() -> bool:
    """Whether sums of products of bytes may be cut off here: on x86-64 without VNNI, see `weight_scales`.

    Where it cannot be found out, as on macOS, they may.
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    try:
        return not _EXACT.search(Path("/proc/cpuinfo").read_text())
    except OSError:
        return True
