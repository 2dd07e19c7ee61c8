"""Where freed memory goes: back to the system at once, or kept for the next call."""

from __future__ import annotations

import ctypes
import functools
import platform

# Parameters of mallopt(3), and its greatest threshold for maps of their own.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_GREATEST_MMAP_THRESHOLD = 32 << 20
_KEPT = 128 << 20


@functools.cache
def keep_freed_memory() -> bool:
    """Lets the process keep up to 128 MiB that it freed; larger arrays than 32 MiB still go back at once.

    glibc returns what lies free at the top of its heap after every few arrays, and fetches it again page by page: on
    regions of a few hundred cells that took a quarter of a block's time. Other C libraries are left as they are.

    Returns:
        Whether the setting was made.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    mallopt.argtypes, mallopt.restype = (ctypes.c_int, ctypes.c_int), ctypes.c_int
    settings = ((_TRIM_THRESHOLD, _KEPT), (_MMAP_THRESHOLD, _GREATEST_MMAP_THRESHOLD))
    return all([mallopt(parameter, value) == 1 for parameter, value in settings])
