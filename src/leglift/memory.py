"""Freed memory, given back to the system."""

from __future__ import annotations

import ctypes
import sys

import pyarrow as pa


def give_back() -> None:
    """Give back what was freed but is held for later; between steps that hold much themselves.

    After a clip's last frame that is 110 MiB: the pose model's, and what pyarrow wrote with. Other
    systems than Linux with glibc keep the C library's share.
    """
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
