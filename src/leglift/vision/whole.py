"""Does a file end where its own headers say? Recordings and copies that stop half way do not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

_TS_PACKETS = (188, 192, 204)
_SYNC = 0x47
_SEGMENT = b"\x18\x53\x80\x67"
_MOST_PARTS = 1_000_000


def ends_early(path: Path, container: str) -> bool:
    """Whether the end of a file is missing; False where its kind does not tell.

    `container` is FFmpeg's name of the format.
    """
    check = next((known for name, known in _CHECKS.items() if name in container), None)
    if check is None:
        return False
    size = path.stat().st_size
    with path.open("rb") as file:
        return check(file, size)


def _boxes_end_early(file: BinaryIO, size: int) -> bool:
    """MP4, MOV and 3GP: boxes one after the other, each with its length."""
    at = 0
    for _ in range(_MOST_PARTS):
        if at + 8 > size:
            break
        file.seek(at)
        length = int.from_bytes(file.read(4), "big")
        file.seek(at + 8)
        length = int.from_bytes(file.read(8), "big") if length == 1 else length
        if length < 8:  # 0: up to the end of the file; less is no box
            return False
        at += length
    return at > size


def _segment_ends_early(file: BinaryIO, size: int) -> bool:
    """Matroska and WebM: one segment with its length, unknown in a stream."""
    at = 0
    for _ in range(2):  # the header, then the segment
        file.seek(at)
        name = file.read(4)
        length, n_bytes = _vint(file.read(8))
        if length is None:
            return False
        at += 4 + n_bytes + length
        if name == _SEGMENT:
            return at > size
    return False


def _vint(raw: bytes) -> tuple[int | None, int]:
    """EBML's number of variable length and its bytes; None for the one that means unknown."""
    n_bytes = 9 - raw[0].bit_length() if raw and raw[0] else 0
    if not 1 <= n_bytes <= len(raw):
        return None, 0
    bits = 7 * n_bytes
    value = int.from_bytes(raw[:n_bytes], "big") & ((1 << bits) - 1)
    return (None if value == (1 << bits) - 1 else value), n_bytes


def _packets_end_early(file: BinaryIO, size: int) -> bool:
    """Transport streams: packets of one length."""
    head = file.read(5 * max(_TS_PACKETS))
    for length in _TS_PACKETS:
        start = head.find(_SYNC, 0, length)
        starts = range(start, len(head), length) if start >= 0 else ()
        if len(starts) > 2 and all(head[i] == _SYNC for i in starts):
            return size % length != 0
    return False


def _riff_ends_early(file: BinaryIO, size: int) -> bool:
    """AVI: a length in the head, 0 while it is being recorded."""
    head = file.read(8)
    return head[:4] == b"RIFF" and int.from_bytes(head[4:], "little") + 8 > size


def _gif_ends_early(file: BinaryIO, size: int) -> bool:
    """GIF: blocks up to a trailer, which some programs forget."""
    head = file.read(13)
    file.seek(_colours_size(head[10:11]), os.SEEK_CUR)
    for _ in range(_MOST_PARTS):
        kind = file.read(1)
        if kind == b"!":
            file.seek(1, os.SEEK_CUR)
        elif kind == b",":
            file.seek(_colours_size(file.read(9)[8:]) + 1, os.SEEK_CUR)
        else:  # the trailer, the end of the file at the end of a block, or no GIF at all
            return False
        for _ in range(_MOST_PARTS):
            length = file.read(1)
            if length in (b"", b"\0"):
                break
            file.seek(length[0], os.SEEK_CUR)
        if not length or file.tell() > size:
            return True
    return False


def _colours_size(flags: bytes) -> int:
    """Bytes of the table of colours that follows, by the flags before it."""
    return 3 * 2 ** ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


_CHECKS: dict[str, Callable[[BinaryIO, int], bool]] = {
    "mp4": _boxes_end_early,
    "matroska": _segment_ends_early,
    "mpegts": _packets_end_early,
    "avi": _riff_ends_early,
    "gif": _gif_ends_early,
}
