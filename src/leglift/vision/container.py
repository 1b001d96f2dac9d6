"""Open a file as a video, or say in one line why that cannot be; decode what can be had of it."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import av
import av.error
from av.stream import Disposition

from leglift.errors import VideoError

UNREADABLE = (av.error.FFmpegError, OSError, ValueError)

_MOST_FAILURES = 20  # reads in a row that give nothing; FFmpeg goes on after what it cannot read
_STILL_IMAGE_FORMATS = ("image2", "_pipe")  # FFmpeg's demuxers of a single picture
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


@contextmanager
def opened(path: Path) -> Iterator[tuple[Any, Any]]:
    """Open container and video stream, or say in one line why that cannot be."""
    _check_file(path)
    try:
        container = av.open(str(path.absolute()))  # "10:30.mp4" alone would be taken for an address
    except UNREADABLE as error:
        raise VideoError(f"{path}: not a video that can be read ({_reason(error)})") from error
    with container:
        stream = _moving_picture(container, path)
        stream.thread_type = "AUTO"
        yield container, stream


def _moving_picture(container: Any, path: Path) -> Any:
    """Choose the video stream that a player would show: the default one, else the largest."""
    if any(tag in container.format.name for tag in _STILL_IMAGE_FORMATS):
        raise VideoError(f"{path}: {_picture_kind(path)}")
    cover = Disposition.attached_pic | Disposition.still_image | Disposition.timed_thumbnails
    streams = [one for one in container.streams.video if not one.disposition & cover]
    if not streams:
        also = " and a cover picture" if container.streams.video else ""
        raise VideoError(f"{path}: holds no video stream (sound{also} only?)")
    readable = [one for one in streams if one.codec_context is not None]
    if not readable:
        raise VideoError(f"{path}: its codec is not known here; save it as H.264 in MP4")

    def rank(stream: Any) -> tuple[bool, int, float]:
        size = stream.codec_context.width * stream.codec_context.height
        return bool(stream.disposition & Disposition.default), size, float(stream.average_rate or 0)

    return max(readable, key=rank)  # the first of those alike


def _picture_kind(path: Path) -> str:
    """Say what a file is that FFmpeg takes for one picture."""
    with path.open("rb") as file:
        head = file.read(21)
    if head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and head[20] & 2:
        return "an animated picture (WebP), which cannot be read here; save it as MP4 or GIF"
    return "a still picture, not a video; give a clip of the whole set"


def _check_file(path: Path) -> None:
    try:
        about = path.stat()
    except FileNotFoundError as error:
        raise VideoError(f"{path}: {_why_missing(path)}") from error
    except OSError as error:
        raise VideoError(f"{path}: cannot be read ({_reason(error)})") from error
    if stat.S_ISDIR(about.st_mode):
        raise VideoError(f"{path}: a folder that holds no video; name a video file")
    if not stat.S_ISREG(about.st_mode):  # it could be read only once, and waited for without end
        raise VideoError(f"{path}: a pipe or device, not a video file; save it to a file first")
    if about.st_size == 0:
        raise VideoError(f"{path}: the file is empty (0 bytes)")


def _why_missing(path: Path) -> str:
    if str(path) == "-":
        return "a video cannot be read from a pipe; save it to a file and name that"
    if _ADDRESS.match(str(path)):
        return "an address, not a file; download the video first"
    if path.is_symlink():
        return f"a link to {path.readlink()}, which is not there"
    if not path.parent.exists():
        return f"no such file; there is no folder {path.parent}"
    try:
        beside = [file.name for file in path.parent.iterdir() if file.name.isprintable()]
    except OSError:  # a folder that can be entered and not listed
        beside = []
    near = get_close_matches(path.name, beside, 1, cutoff=0.8)
    return f"no such file; did you mean {path.with_name(near[0])}?" if near else "no such file"


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def rate(stream: Any) -> float | None:
    """Frames a second as the container has it; of a bare stream, which has no times, the codec's.

    FFmpeg takes 25 for the rate of any bare stream.
    """
    bare = stream.duration is None and stream.start_time is None and not stream.frames
    fps = stream.guessed_rate if bare else stream.average_rate or stream.guessed_rate
    return float(fps) if fps else None


def decoded(container: Any, stream: Any) -> Iterator[tuple[Any, bool]]:
    """Decode all frames that can be had, each with whether something before it could not.

    Reading goes on after damage: the decoder finds its way back at a later frame. The last item has
    no frame where the end is damaged.
    """
    broken = False
    for packet in packets(container, stream):
        try:
            frames = packet.decode() if packet else []
        except UNREADABLE:
            packet, frames = None, []
        broken |= packet is None or packet.is_corrupt
        for frame in frames:
            broken |= frame.is_corrupt
            yield frame, broken
            broken = False
    if broken:
        yield None, True


def packets(container: Any, stream: Any) -> Iterator[Any]:
    """Packets of a stream, and None where reading failed."""
    n_failures = 0
    while n_failures < _MOST_FAILURES:
        try:
            for packet in container.demux(stream):
                n_failures = 0
                yield packet
            return
        except UNREADABLE:
            n_failures += 1
            yield None


def duration_s(container: Any, stream: Any) -> float | None:
    """Length as the stream has it, or else the container; None where neither does."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None
