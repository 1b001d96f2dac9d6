"""What is asked of the C library, asked of it again."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

HEAPS = """
import ctypes, sys, threading
from leglift.memory import give_back, share_heaps
c = ctypes.CDLL(None)
c.malloc.restype, c.fopen.restype = ctypes.c_void_p, ctypes.c_void_p
if sys.argv[2] == "shared":
    share_heaps()
together = threading.Barrier(8)
def take():
    together.wait(), c.malloc(1000), together.wait()
threads = [threading.Thread(target=take) for _ in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
give_back()
out = c.fopen(sys.argv[1].encode(), b"w")
c.malloc_info(0, ctypes.c_void_p(out))
c.fclose(ctypes.c_void_p(out))
"""


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "mallopt"), reason="glibc only"
)
@pytest.mark.parametrize("way", ["shared", "own"])
def test_threads_share_two_heaps(tmp_path, way):
    told = tmp_path / "heaps.xml"
    subprocess.run([sys.executable, "-c", HEAPS, str(told), way], check=True, timeout=60)
    n_heaps = told.read_text().count("<heap nr=")
    assert (n_heaps <= 2) == (way == "shared")
