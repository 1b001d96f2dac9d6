"""Decode a video: upright RGB frames with the container's own timestamps."""

from __future__ import annotations

import queue
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import cv2
import numpy as np
import numpy.typing as npt
from av.stream import Disposition
from av.video.reformatter import ColorRange

from leglift.errors import VideoError

STILL_IMAGE_FORMATS = ("image2", "_pipe")
"""Demuxers that FFmpeg uses for a single picture."""

_DAY_TAGS = ("com.apple.quicktime.creationdate", "creation_time", "date")

UNREADABLE = (av.error.FFmpegError, OSError, ValueError)


@dataclass(frozen=True)
class VideoInfo:
    """What the container says of its video stream; sizes are of the upright frame."""

    width_px: int
    height_px: int
    fps: float
    rotation_deg: int
    duration_s: float | None
    n_frames: int | None
    codec: str


@dataclass(frozen=True)
class Frame:
    """One decoded frame.

    `rgb` has shape (height, width, 3), uint8, upright, and may be smaller than the
    video by the factor `scale` (decoded pixels = video pixels * scale).
    """

    frame_idx: int
    time_s: float
    rgb: npt.NDArray[np.uint8]
    scale: float


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, Any]]:
    """Open container and video stream, or say in one line why that cannot be."""
    _check_file(path)
    try:
        container = av.open(str(path.absolute()))  # "10:30.mp4" alone would be taken for an address
    except UNREADABLE as error:
        raise VideoError(f"{path}: not a video that can be read ({_reason(error)})") from error
    with container:
        if any(tag in container.format.name for tag in STILL_IMAGE_FORMATS):
            raise VideoError(f"{path}: a still picture, not a video; give a clip of the whole set")
        cover = Disposition.attached_pic
        moving = [found for found in container.streams.video if not found.disposition & cover]
        if not moving:
            also = " and a cover picture" if container.streams.video else ""
            raise VideoError(f"{path}: holds no video stream (sound{also} only?)")
        stream = moving[0]
        stream.thread_type = "AUTO"
        yield container, stream


def _check_file(path: Path) -> None:
    try:
        about = path.stat()
    except FileNotFoundError as error:
        raise VideoError(f"{path}: no such file{_near_name(path)}") from error
    except OSError as error:
        raise VideoError(f"{path}: cannot be read ({_reason(error)})") from error
    if stat.S_ISDIR(about.st_mode):
        raise VideoError(f"{path}: a folder that holds no video; name a video file")
    if not stat.S_ISREG(about.st_mode):  # it could be read only once, and waited for without end
        raise VideoError(f"{path}: a pipe or device, not a video file; save it to a file first")
    if about.st_size == 0:
        raise VideoError(f"{path}: the file is empty (0 bytes)")


def _near_name(path: Path) -> str:
    """Ask for the file beside it that has nearly this name, or say where it was looked for."""
    try:
        beside = [file.name for file in path.absolute().parent.iterdir()]
    except FileNotFoundError:
        return f"; there is no folder {path.parent}"
    except OSError:  # a folder that can be entered and not listed
        return ""
    near = get_close_matches(path.name, filter(str.isprintable, beside), 1, cutoff=0.8)
    return f"; did you mean {path.with_name(near[0])}?" if near else ""


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def probe(path: Path) -> VideoInfo:
    """Read size, rate, rotation and length; decodes one frame, as rotation travels with it.

    Raises
    ------
    VideoError
        The file is missing, empty, no video, or its first frame cannot be decoded.
    """
    with _opened(path) as (container, stream):
        try:
            first = next(container.decode(stream), None)
        except UNREADABLE as error:
            raise VideoError(f"{path}: no frame can be decoded ({_reason(error)})") from error
        if first is None:
            raise VideoError(f"{path}: holds no decodable frame")
        turned = _orientation(first)[0]
        width, height = (first.height, first.width) if turned else (first.width, first.height)
        return VideoInfo(
            width_px=width,
            height_px=height,
            fps=float(stream.average_rate or stream.guessed_rate or 0),
            rotation_deg=int(first.rotation),
            duration_s=_duration_s(container, stream),
            n_frames=stream.frames or None,
            codec=stream.codec_context.name,
        )


def _duration_s(container: Any, stream: Any) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


def pixel_shape(path: Path) -> Fraction:
    """Width over height of one pixel of the upright frame as the container has it, mostly 1.

    Raises
    ------
    VideoError
        The video cannot be read.
    """
    with _opened(path) as (container, stream):
        try:
            shape = Fraction(stream.sample_aspect_ratio or 1)
            first = next(container.decode(stream), None)
        except UNREADABLE as error:
            raise VideoError(f"{path}: no frame can be decoded ({_reason(error)})") from error
    return 1 / shape if first is not None and _orientation(first)[0] else shape


def recorded_at(path: Path) -> datetime | None:
    """When the container says it was recorded; None where it says nothing that can be read.

    Raises
    ------
    VideoError
        The file is missing, empty or no video.
    """
    with _opened(path) as (container, stream):
        tags = stream.metadata | container.metadata
    said = next((tags[name] for name in _DAY_TAGS if tags.get(name)), None)
    try:
        return datetime.fromisoformat(said).astimezone() if said else None
    except (ValueError, OverflowError, OSError):
        return None


class FrameReader:
    """Iterate over a video's frames; `damaged_at_s` tells where decoding had to stop.

    Timestamps are the container's, made strictly increasing (a repeated or missing one
    is put one frame period, at least a millisecond, after the frame before it). With
    `max_fps` only every k-th frame is given, k being the video's mean rate over it, rounded;
    `frame_idx` still counts all of them.
    """

    def __init__(self, path: Path, max_side_px: int, max_fps: float | None = None) -> None:
        self.path = path
        self.max_side_px = max_side_px
        self.max_fps = max_fps
        self.damaged_at_s: float | None = None
        self._shown_as = _AS_IT_IS

    def __iter__(self) -> Iterator[Frame]:
        """Yield frames in order; a break in the stream ends the iteration, not the program."""
        with _opened(self.path) as (container, stream):
            period_s = 1.0 / float(stream.average_rate or 30)
            step = max(round(1 / (period_s * self.max_fps)), 1) if self.max_fps else 1
            origin_s, last_s = None, -np.inf
            decoded = container.decode(stream)
            frame_idx = 0
            while True:
                try:
                    raw = next(decoded, None)
                except UNREADABLE:
                    self.damaged_at_s = max(last_s, 0.0)
                    return
                if raw is None:
                    if _is_cut_short(stream, self.path):
                        self.damaged_at_s = max(last_s, 0.0)
                    return
                if origin_s is None:
                    origin_s, self._shown_as = raw.time or 0.0, _orientation(raw)
                after_s = last_s + period_s if frame_idx else 0.0
                time_s = raw.time - origin_s if raw.time is not None else after_s
                if time_s < last_s + 1e-3:
                    time_s = max(last_s, 0.0) + max(min(period_s, 0.05), 1e-3)
                last_s = time_s
                if frame_idx % step == 0:
                    yield self._frame(raw, frame_idx, time_s)
                frame_idx += 1

    def _frame(self, raw: Any, frame_idx: int, time_s: float) -> Frame:
        scale = min(1.0, self.max_side_px / max(raw.width, raw.height))
        size = {"width": round(raw.width * scale), "height": round(raw.height * scale)}
        rgb = raw.to_ndarray(format="rgb24", **(size if scale < 1 else {}))
        return Frame(frame_idx, time_s, _turned(rgb, self._shown_as), scale)


class PictureReader(FrameReader):
    """Reads frames to be drawn on and encoded again, scaled the quick way: never to be measured.

    Small ones are enlarged to `min_side_px`, sides are even. `rgb` is made from the video's own
    luma and chroma as if they were BT.601 of limited range: whoever turns it back that way and
    passes `colour_tags` on keeps its colours.
    """

    min_side_px = 360
    colour_tags: tuple[int, int, int, int] | None = None
    """Matrix, range, primaries and transfer of the first frame, as FFmpeg numbers them."""

    def _frame(self, raw: Any, frame_idx: int, time_s: float) -> Frame:
        scale = max(1.0, self.min_side_px / min(raw.width, raw.height))
        scale = min(scale, self.max_side_px / max(raw.width, raw.height))
        width, height = (2 * max(round(side * scale / 2), 1) for side in (raw.width, raw.height))
        planes = raw.reformat(
            width, height, "yuv420p", interpolation="FAST_BILINEAR", dst_color_range=ColorRange.MPEG
        )
        if self.colour_tags is None:
            self.colour_tags = (
                planes.colorspace, planes.color_range, planes.color_primaries, planes.color_trc,
            )  # fmt: skip
        rgb = cv2.cvtColor(planes.to_ndarray(), cv2.COLOR_YUV2RGB_I420)
        return Frame(frame_idx, time_s, _turned(rgb, self._shown_as), scale)


def _is_cut_short(stream: Any, path: Path) -> bool:
    """Whether the container's index names frames beyond the end of the file."""
    ends = (entry.pos + entry.size for entry in stream.index_entries)
    return max(ends, default=0) > path.stat().st_size


Orientation = tuple[bool, bool, bool]
"""How frames are to be shown: sides swapped, then mirrored along x, then along y."""

_AS_IT_IS: Orientation = (False, False, False)


def _turned(rgb: npt.NDArray[np.uint8], orientation: Orientation) -> npt.NDArray[np.uint8]:
    """Turn and mirror pixels as the container asks for.

    Rows come padded for some widths, and MediaPipe misreads arrays with gaps without a word: the
    result has none.
    """
    transposed, flip_x, flip_y = orientation
    shown = rgb.transpose(1, 0, 2) if transposed else rgb
    shown = shown[:, ::-1] if flip_x else shown
    return np.ascontiguousarray(shown[::-1] if flip_y else shown)


def _orientation(raw: Any) -> Orientation:
    """Orientation that travels with a frame; ask the first one only, for all of its clip.

    The display matrix sends a pixel (x, y) to (a x + c y, b x + d y). PyAV's `rotation` leaves out
    that it may also mirror, as phones ask for with the front camera. Who has asked a frame for its
    `side_data` has made a cycle of references: the frame's pixels then wait for Python's collector,
    which came around after 140 MiB of a small clip.
    """
    matrix = next((part for part in raw.side_data if part.type.name == "DISPLAYMATRIX"), None)
    if matrix is None:
        return _AS_IT_IS
    a, b, _, c, d = np.frombuffer(bytes(matrix), np.int32)[:5].astype(float)
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return False, a < 0, d < 0
    return True, c < 0, b < 0


_END = object()
_FRAMES_AHEAD = 8
"""Enough for a frame that takes long to decode; the consumer is slower than the decoder."""


def read_ahead(frames: FrameReader, queue_mib: int) -> Iterator[Frame]:
    """Decode in a thread of its own, a few frames and at most `queue_mib` ahead of the consumer."""
    info = probe(frames.path)
    shown = min(1.0, frames.max_side_px / max(info.width_px, info.height_px))
    frame_mib = 3 * info.width_px * info.height_px * shown**2 / 2**20
    room = int(np.clip(queue_mib / frame_mib, 2, _FRAMES_AHEAD))
    waiting: queue.Queue[Any] = queue.Queue(maxsize=room)
    stop = threading.Event()

    def put(item: Any) -> None:
        while not stop.is_set():
            try:
                waiting.put(item, timeout=0.1)
            except queue.Full:
                continue
            return

    def decode() -> None:
        try:
            for frame in frames:
                put(frame)
                if stop.is_set():
                    return
            put(_END)
        except BaseException as error:  # handed over to the consumer, who raises it
            put(error)

    thread = threading.Thread(target=decode, name="leglift-decoder", daemon=True)
    thread.start()
    try:
        while (item := waiting.get()) is not _END:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        thread.join()
