"""Decode a video: upright RGB frames with the container's own timestamps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from av.video.reformatter import ColorRange

from leglift.errors import VideoError
from leglift.vision.beside import in_turn
from leglift.vision.clock import Clock
from leglift.vision.container import decoded, duration_s, opened, rate
from leglift.vision.light import HLG, PQ, as_on_a_screen
from leglift.vision.showing import Rgb, Showing, showing_of
from leglift.vision.whole import ends_early

_DAY_TAGS = ("com.apple.quicktime.creationdate", "creation_time", "date")


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
    rgb: Rgb
    scale: float
    cut: bool = False


def probe(path: Path, reading: Reading = AS_IT_COMES) -> VideoInfo:
    """Read size, rate, rotation and length; decodes one frame, as rotation travels with it.

    Raises
    ------
    VideoError
        The file is missing, empty, no video, or none of its frames can be decoded.
    """
    with opened(path) as (container, stream):
        first, _ = next(decoded(container, stream), (None, False))
        if first is None:
            raise VideoError(f"{path}: holds no decodable frame")
        showing = showing_of(first, stream.sample_aspect_ratio, reading.rotate_deg)
        width, height = showing.upright_size()
        return VideoInfo(
            width_px=width,
            height_px=height,
            fps=rate(stream) or 0.0,
            rotation_deg=int(first.rotation),
            duration_s=duration_s(container, stream),
            n_frames=stream.frames or None,
            codec=stream.codec_context.name,
        )


def recorded_at(path: Path) -> datetime | None:
    """When the container says it was recorded; None where it says nothing that can be read.

    Raises
    ------
    VideoError
        The file is missing, empty or no video.
    """
    with opened(path) as (container, stream):
        tags = stream.metadata | container.metadata
    day = next((tags[name] for name in _DAY_TAGS if tags.get(name)), None)
    try:
        return datetime.fromisoformat(day).astimezone() if day else None
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
        self.damaged_at_s = None
        with opened(self.path) as (container, stream):
            clock = Clock(rate(stream) or 30, self.reading.source_fps)
            max_fps = self.reading.max_fps
            step = max(round(1 / (clock.period_s * max_fps)), 1) if max_fps else 1
            cut = False
            timed = self._timed(container, stream, clock)
            for frame_idx, (raw, time_s, follows_cut) in enumerate(timed):
                cut |= follows_cut
                if frame_idx % step == 0:
                    yield Frame(frame_idx, time_s, *self._picture(raw), cut)
                    cut = False
            indexed = max((entry.pos + entry.size for entry in stream.index_entries), default=0)
            cut_short = indexed > self.path.stat().st_size
            if cut_short or ends_early(self.path, container.format.name):
                self.damaged_at_s = clock.last_s
        self.complaints = clock.complaints()
        if self.damaged_at_s is not None:
            self.complaints.append(
                f"damaged after {self.damaged_at_s:.1f} s, where it ends early; read up to there"
            )

    def _timed(
        self, container: Any, stream: Any, clock: Clock
    ) -> Iterator[tuple[Any, float, bool]]:
        """Yield what can be shown, when, and whether a cut lies before it."""
        lost, whole_index = False, "mp4" in container.format.name
        for raw, broken in decoded(container, stream):
            made_up = raw is None or (raw.is_corrupt and clock.n_frames > 0)
            lost = lost or made_up or clock.misses(raw.time, broken, whole_index)
            if made_up or (lost and not raw.key_frame):
                continue  # made of what is missing, up to the next frame that stands alone
            broken, lost = broken or lost, False
            if clock.n_frames == 0:
                shape = stream.sample_aspect_ratio
                self._showing = showing_of(raw, shape, self.reading.rotate_deg)
            yield raw, *clock.at(raw.time, broken)
        if lost:
            self.damaged_at_s = clock.last_s

    def _picture(self, raw: Any) -> tuple[Rgb, float]:
        """Upright picture of a decoded frame, and its pixels a pixel of the video."""
        wide, high = self._showing.true_size(raw.width, raw.height)
        scale = min(1.0, self.max_side_px / max(wide, high))
        size = {"width": max(round(wide * scale), 1), "height": max(round(high * scale), 1)}
        if raw.color_trc in (PQ, HLG):
            levels = raw.to_ndarray(format="rgb48le", **size)
            rgb = as_on_a_screen(levels, raw.color_trc, raw.color_primaries)
        else:
            rgb = raw.to_ndarray(format="rgb24", **size)
        rgb = self._showing.turned(rgb)
        if self._showing.is_usual(raw.width, raw.height):
            return rgb, scale
        return self._showing.framed(rgb)


def some_pictures(
    path: Path, max_side_px: int, reading: Reading, n: int, most_frames: int
) -> Iterator[Rgb]:
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

    _size_px = (0, 0)

    def _picture(self, raw: Any) -> tuple[Rgb, float]:
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
        if self._showing.is_usual(raw.width, raw.height):
            self._size_px = rgb.shape[1], rgb.shape[0]
            return rgb, scale
        # The encoder is set up for the size of the first picture.
        rgb = np.asarray(cv2.resize(self._showing.framed(rgb)[0], self._size_px), np.uint8)
        return rgb, self._size_px[0] / self._showing.upright_size()[0]


_FRAMES_AHEAD = 8
"""Enough for a frame that takes long to decode; the consumer is slower than the decoder."""


def read_ahead(frames: FrameReader, queue_mib: int) -> Iterator[Frame]:
    """Decode in a thread of its own, a few frames and at most `queue_mib` ahead of the consumer."""
    info = probe(frames.path, frames.reading)
    shown = min(1.0, frames.max_side_px / max(info.width_px, info.height_px))
    frame_mib = 3 * info.width_px * info.height_px * shown**2 / 2**20
    n_ahead = int(np.clip(queue_mib / frame_mib, 2, _FRAMES_AHEAD))
    decode = partial(next, iter(frames), None)
    with closing(in_turn(repeat(decode), n_ahead, "leglift-decoder")) as decoded_ahead:
        for frame in decoded_ahead:
            if frame is None:
                return
            yield frame
