"""How the C library keeps memory: in few heaps, and freed memory given back to the system."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import pyarrow as pa

_M_ARENA_MAX = -8  # of glibc's malloc.h
_HEAPS = 2


def share_heaps() -> None:
    """Let all threads take from two heaps; before the threads that watch a video start.

    With a heap a thread, pieces of frames and masks lie in all of them: some 40 MiB more, and more
    from clip to clip. Other systems than Linux with glibc keep their ways.
    """
    set_option = _of_c_library("mallopt")
    if set_option is not None:
        set_option(_M_ARENA_MAX, _HEAPS)


def _of_c_library(name: str) -> Any:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None


def give_back() -> None:
    """Give back what was freed but is held for later; between steps that hold much themselves.

    After a clip's last frame that is 110 MiB: the pose model's, and what pyarrow wrote with. Other
    systems than Linux with glibc keep the C library's share.
    """
    pa.default_memory_pool().release_unused()
    trim = _of_c_library("malloc_trim")
    if trim is not None:
        trim(0)
