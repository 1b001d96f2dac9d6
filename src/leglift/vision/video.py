"""Decode a video: upright RGB frames with the container's own timestamps."""

from __future__ import annotations

import queue
import re
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
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
from leglift.vision.clock import Clock
from leglift.vision.light import as_on_a_screen, is_hdr
from leglift.vision.showing import Showing, showing_of
from leglift.vision.whole import ends_early

STILL_IMAGE_FORMATS = ("image2", "_pipe")
"""Demuxers that FFmpeg uses for a single picture."""

_DAY_TAGS = ("com.apple.quicktime.creationdate", "creation_time", "date")

UNREADABLE = (av.error.FFmpegError, OSError, ValueError)

_MOST_FAILURES = 20  # reads in a row that give nothing; FFmpeg goes on after what it cannot read
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


@dataclass(frozen=True)
class Reading:
    """What the user says of a video before it is read.

    `max_fps` leaves out frames, `rotate_deg` (0, 90, 180 or 270) turns the picture clockwise, and
    `source_fps` are the frames a second that were filmed, whatever the file says.
    """

    max_fps: float | None = None
    rotate_deg: int = 0
    source_fps: float | None = None


AS_IT_COMES = Reading()


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
    video by the factor `scale` (decoded pixels = video pixels * scale). `cut` tells that it does
    not follow the frame before: what lies between is lost, or the clock jumped.
    """

    frame_idx: int
    time_s: float
    rgb: npt.NDArray[np.uint8]
    scale: float
    cut: bool = False


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, Any]]:
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
    if any(tag in container.format.name for tag in STILL_IMAGE_FORMATS):
        raise VideoError(f"{path}: {_picture_kind(path)}")
    cover = Disposition.attached_pic | Disposition.still_image | Disposition.timed_thumbnails
    found = [one for one in container.streams.video if not one.disposition & cover]
    if not found:
        also = " and a cover picture" if container.streams.video else ""
        raise VideoError(f"{path}: holds no video stream (sound{also} only?)")
    known = [one for one in found if one.codec_context is not None]
    if not known:
        raise VideoError(f"{path}: its codec is not known here; save it as H.264 in MP4")
    return max(known, key=_rank)  # the first of those alike


def _rank(stream: Any) -> tuple[bool, int, float]:
    size = stream.codec_context.width * stream.codec_context.height
    return bool(stream.disposition & Disposition.default), size, float(stream.average_rate or 0)


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
    try:
        if path.is_symlink():
            return f"a link to {path.readlink()}, which is not there"
    except OSError:
        pass
    return f"no such file{_near_name(path)}"


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


def probe(path: Path, reading: Reading = AS_IT_COMES) -> VideoInfo:
    """Read size, rate, rotation and length; decodes one frame, as rotation travels with it.

    Raises
    ------
    VideoError
        The file is missing, empty, no video, or none of its frames can be decoded.
    """
    with _opened(path) as (container, stream):
        first, _ = next(_decoded(container, stream), (None, False))
        if first is None:
            raise VideoError(f"{path}: holds no decodable frame")
        showing = showing_of(first, stream.sample_aspect_ratio, reading.rotate_deg)
        width, height = showing.upright_size()
        return VideoInfo(
            width_px=width,
            height_px=height,
            fps=_rate(stream) or 0.0,
            rotation_deg=int(first.rotation),
            duration_s=_duration_s(container, stream),
            n_frames=stream.frames or None,
            codec=stream.codec_context.name,
        )


def _rate(stream: Any) -> float | None:
    """Frames a second as the container has it; of a bare stream, which has no times, the codec's.

    FFmpeg takes 25 for the rate of any bare stream.
    """
    bare = stream.duration is None and stream.start_time is None and not stream.frames
    said = stream.guessed_rate if bare else stream.average_rate or stream.guessed_rate
    return float(said) if said else None


def _decoded(container: Any, stream: Any) -> Iterator[tuple[Any, bool]]:
    """Decode all frames that can be had, each with whether something before it could not.

    Reading goes on after damage: the decoder finds its way back at a later frame. The last item has
    no frame where the end is damaged.
    """
    broken = False
    for packet in _packets(container, stream):
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


def _packets(container: Any, stream: Any) -> Iterator[Any]:
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


def _duration_s(container: Any, stream: Any) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


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

    Times are those of `Clock`. With `max_fps` only every k-th frame is given, k being the video's
    mean rate over it, rounded; `frame_idx` still counts all of them.
    """

    def __init__(self, path: Path, max_side_px: int, reading: Reading = AS_IT_COMES) -> None:
        self.path = path
        self.max_side_px = max_side_px
        self.reading = reading
        self.damaged_at_s: float | None = None
        self.complaints: list[str] = []
        """What is wrong with the file, in words that go after its name; known at its end."""
        self._showing = Showing(1, 1)

    def __iter__(self) -> Iterator[Frame]:
        """Yield frames in order; damage in the stream is passed over, and no error."""
        with _opened(self.path) as (container, stream):
            clock = Clock(1.0 / (_rate(stream) or 30), self.reading.source_fps)
            yield from self._thinned(self._timed(container, stream, clock), clock.period_s)
            self._look_back(container, stream, clock)

    def _timed(self, container: Any, stream: Any, clock: Clock) -> Iterator[tuple[Any, int, Any]]:
        self.damaged_at_s = None
        lost, whole_index = False, "mp4" in container.format.name
        for raw, broken in _decoded(container, stream):
            lost = lost or raw is None or clock.misses(raw.time, broken, whole_index)
            if raw is None or (lost and not raw.key_frame):
                continue  # made of frames that are missing, up to the next one that stands alone
            broken, lost = broken or lost, False
            if clock.n_frames == 0:
                shape = stream.sample_aspect_ratio
                self._showing = showing_of(raw, shape, self.reading.rotate_deg)
            yield raw, clock.n_frames, clock.at(raw.time, broken)
        if lost:
            self.damaged_at_s = max(clock.last_s, 0.0)

    def _thinned(self, timed: Iterator[tuple[Any, int, Any]], period_s: float) -> Iterator[Frame]:
        max_fps, cut = self.reading.max_fps, False
        step = max(round(1 / (period_s * max_fps)), 1) if max_fps else 1
        for raw, frame_idx, moment in timed:
            cut |= moment.cut
            if frame_idx % step == 0:
                frame = self._frame(raw, frame_idx, moment.time_s)
                yield replace(frame, cut=True) if cut else frame
                cut = False

    def _look_back(self, container: Any, stream: Any, clock: Clock) -> None:
        """Say what was wrong, now that the end has been seen."""
        format_name = container.format.name
        if _is_cut_short(stream, self.path) or ends_early(self.path, format_name):
            self.damaged_at_s = max(clock.last_s, 0.0)
        self.complaints = clock.complaints()
        if self.damaged_at_s is not None:
            self.complaints.append(
                f"damaged after {self.damaged_at_s:.1f} s, where it ends early; read up to there"
            )

    def _frame(self, raw: Any, frame_idx: int, time_s: float) -> Frame:
        wide, high = self._showing.true_size(raw.width, raw.height)
        scale = min(1.0, self.max_side_px / max(wide, high))
        width, height = max(round(wide * scale), 1), max(round(high * scale), 1)
        as_stored = (width, height) == (raw.width, raw.height)
        size = {} if as_stored else {"width": width, "height": height}
        rgb = self._showing.turned(_shown(raw, size))
        if not self._showing.is_usual(raw.width, raw.height):
            rgb, scale = self._showing.framed(rgb)
        return Frame(frame_idx, time_s, rgb, scale)


def _shown(raw: Any, size: dict[str, int]) -> npt.NDArray[np.uint8]:
    """Give a decoded frame as RGB of 8 bits; of HDR as a screen shows it."""
    if is_hdr(raw.color_trc):
        levels = raw.to_ndarray(format="rgb48le", **size)
        return as_on_a_screen(levels, raw.color_trc, raw.color_primaries)
    return np.asarray(raw.to_ndarray(format="rgb24", **size))


def some_pictures(
    path: Path, max_side_px: int, reading: Reading, n: int, most_frames: int
) -> Iterator[npt.NDArray[np.uint8]]:
    """Give about `n` pictures spread over a video, or over its first `most_frames`."""
    info = probe(path, reading)
    known = info.n_frames or round((info.duration_s or 0.0) * info.fps) or most_frames
    step = max(min(known, most_frames) // n, 1)
    due = step // 2
    for frame in FrameReader(path, max_side_px, reading):
        if frame.frame_idx >= due:  # with `max_fps` not every frame comes
            yield frame.rgb
            due += step
        if due >= step * n:
            return


class PictureReader(FrameReader):
    """Reads frames to be drawn on and encoded again, scaled the quick way: never to be measured.

    Small ones are enlarged to `min_side_px`, sides are even. `rgb` is made from the video's own
    luma and chroma as if they were BT.601 of limited range: whoever turns it back that way and
    passes `colour_tags` on keeps its colours.
    """

    min_side_px = 360
    colour_tags: tuple[int, int, int, int] | None = None
    """Matrix, range, primaries and transfer of the first frame, as FFmpeg numbers them."""

    _size_px: tuple[int, int] | None = None

    def _frame(self, raw: Any, frame_idx: int, time_s: float) -> Frame:
        wide, high = self._showing.true_size(raw.width, raw.height)
        scale = max(1.0, self.min_side_px / min(wide, high))
        scale = min(scale, self.max_side_px / max(wide, high))
        width, height = (2 * max(round(side * scale / 2), 1) for side in (wide, high))
        planes = raw.reformat(
            width, height, "yuv420p", interpolation="FAST_BILINEAR", dst_color_range=ColorRange.MPEG
        )
        if self.colour_tags is None:
            self.colour_tags = (
                planes.colorspace, planes.color_range, planes.color_primaries, planes.color_trc,
            )  # fmt: skip
        rgb = cv2.cvtColor(planes.to_ndarray(), cv2.COLOR_YUV2RGB_I420)
        rgb = self._showing.turned(np.asarray(rgb, np.uint8))
        if not self._showing.is_usual(raw.width, raw.height):
            return self._resized(rgb, frame_idx, time_s)
        self._size_px = rgb.shape[1], rgb.shape[0]
        return Frame(frame_idx, time_s, rgb, scale)

    def _resized(self, rgb: npt.NDArray[np.uint8], frame_idx: int, time_s: float) -> Frame:
        """Bring a picture of another size to that of the first, for which the encoder is set up."""
        framed, _ = self._showing.framed(rgb)
        size = self._size_px or (framed.shape[1], framed.shape[0])
        scale = size[0] / self._showing.upright_size()[0]
        return Frame(frame_idx, time_s, np.asarray(cv2.resize(framed, size), np.uint8), scale)


def _is_cut_short(stream: Any, path: Path) -> bool:
    """Whether the container's index names frames beyond the end of the file."""
    ends = (entry.pos + entry.size for entry in stream.index_entries)
    return max(ends, default=0) > path.stat().st_size


_END = object()
_FRAMES_AHEAD = 8
"""Enough for a frame that takes long to decode; the consumer is slower than the decoder."""


def read_ahead(frames: FrameReader, queue_mib: int) -> Iterator[Frame]:
    """Decode in a thread of its own, a few frames and at most `queue_mib` ahead of the consumer."""
    info = probe(frames.path, frames.reading)
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
