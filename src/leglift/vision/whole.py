"""Does a file end where its own headers say? Recordings and copies that stop half way do not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

_TS_PACKETS = (188, 192, 204)
_SYNC = 0x47
_SEGMENT = b"\x18\x53\x80\x67"


def ends_early(path: Path, container: str) -> bool:
    """Whether the end of a file is missing; False where its kind does not tell.

    `container` is FFmpeg's name of the format.
    """
    with path.open("rb") as file:
        size = path.stat().st_size
        return any(check(file, size) for name, check in _CHECKS.items() if name in container)


def _boxes_end_early(file: BinaryIO, size: int) -> bool:
    """MP4, MOV and 3GP: boxes one after the other, each with its length."""
    at = 0
    while at + 8 <= size:
        file.seek(at)
        length = int.from_bytes(file.read(4), "big")
        file.seek(at + 8)
        length = int.from_bytes(file.read(8), "big") if length == 1 else length
        if length < 8:  # 0: up to the end of the file; less is no box
            return False
        at += length
    return at > size


def _segment_ends_early(file: BinaryIO, size: int) -> bool:
    """Matroska and WebM: after the header one segment, with its length, unknown in a stream."""
    head = file.read(4096)
    at = head.find(_SEGMENT) + len(_SEGMENT)
    n_bytes = 9 - head[at].bit_length() if len(_SEGMENT) <= at < len(head) - 8 else 9
    if n_bytes > 8:  # leading zeros say how many bytes the number has, at most 8
        return False
    unknown = (1 << 7 * n_bytes) - 1
    length = int.from_bytes(head[at : at + n_bytes], "big") & unknown
    return length != unknown and at + n_bytes + length > size


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
    file.seek(_colours_size(file.read(13)[10:11]), os.SEEK_CUR)
    while (kind := file.read(1)) in (b"!", b","):  # else the trailer, the end, or no GIF at all
        if kind == b"!":
            file.seek(1, os.SEEK_CUR)
        else:
            file.seek(_colours_size(file.read(9)[8:]) + 1, os.SEEK_CUR)
        while (length := file.read(1)) not in (b"", b"\0"):
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
