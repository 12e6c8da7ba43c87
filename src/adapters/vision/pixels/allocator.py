"""The allocator of the C library, which Pillow takes its memory from."""

import ctypes

# Parameters of mallopt (glibc's malloc.h).
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
# More than an ordinary picture takes. glibc raises its own threshold with every larger block that it has seen freed, to
# 32 MB, and keeps what is below it: 200 MB instead of 45 in three threads that decoded pictures of 6 megapixels.
_THRESHOLD = 4 << 20


def return_freed_memory() -> None:
    """Have large blocks given back to the system as soon as they are freed; does nothing where there is no glibc."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    for parameter in (_MMAP_THRESHOLD, _TRIM_THRESHOLD):
        mallopt(parameter, _THRESHOLD)
