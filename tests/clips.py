"""Little videos with a known content: painted ones, and clips derived from the demo clip.

The demo clip (data/demo/leg_lifts.mp4) shows three reps of one rendered person, the third one
arched; data/demo/truth.json says when. Derived clips keep every `step`-th frame with its own time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.stream import Disposition

Rgb = npt.NDArray[np.uint8]

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "data/demo/leg_lifts.mp4"
TRUTH = ROOT / "data/demo/truth.json"
BUNDLE = ROOT / "models/pose_landmarker_full.task"
MODEL = ROOT / "models/leglift.skops"

TICKS_HZ = 90_000
LOSSLESS = {"qp": "0", "preset": "ultrafast"}
GOOD = {"crf": "18", "preset": "ultrafast"}


@dataclass(frozen=True)
class Shot:
    times_s: list[float]
    frames: list[Rgb]

    def mapped(self, change) -> Shot:
        return Shot(self.times_s, [change(frame) for frame in self.frames])


def write_video(
    path: Path,
    frames: Iterable[Rgb],
    times_s: Sequence[float] | None = None,
    *,
    fps: int = 30,
    rotation_deg: int = 0,
    lossless: bool = False,
    faststart: bool = False,
    b_frames: int = 0,
    pixel_shape: Fraction | None = None,
    colours: tuple[int, int] | None = None,
) -> Path:
    """Encode RGB frames; `times_s` sets each frame's own timestamp, else the rate is even.

    `rotation_deg` is what a player has to turn the stored frame by, counter-clockwise, and
    `pixel_shape` is width over height of a stored pixel; `colours` are space and range that the
    file names.
    """
    codec, options = ("libx264rgb", LOSSLESS) if lossless else ("libx264", GOOD)
    flags = {"movflags": "faststart"} if faststart else {}
    with av.open(str(path), "w", options=flags) as container:
        stream = container.add_stream(codec, rate=fps, options={**options, "bf": str(b_frames)})
        stream.pix_fmt = "rgb24" if lossless else "yuv420p"
        stream.codec_context.time_base = Fraction(1, TICKS_HZ)
        if pixel_shape:
            stream.codec_context.sample_aspect_ratio = pixel_shape
        if colours:
            stream.codec_context.colorspace, stream.codec_context.color_range = colours
        if rotation_deg:
            stream.set_display_rotation(rotation_deg)
        for i, frame in enumerate(frames):
            if i == 0:
                stream.height, stream.width = frame.shape[:2]
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), "rgb24")
            time_s = i / fps if times_s is None else times_s[i]
            picture.pts, picture.time_base = round(time_s * TICKS_HZ), Fraction(1, TICKS_HZ)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def write_shot(path: Path, shot: Shot, **how) -> Path:
    return write_video(path, shot.frames, [t - shot.times_s[0] for t in shot.times_s], **how)


DEMO_REPS = {rep["rep"]: rep for rep in json.loads(TRUTH.read_text("utf-8"))["reps"]}
"""True times (s) of the demo clip's reps, by number."""
_BEFORE_S = 0.4


def demo_reps(first: int, last: int, step: int = 1) -> Shot:
    """Every `step`-th frame of the demo clip from before one rep until after another."""
    return demo_shot(DEMO_REPS[first]["start_s"] - _BEFORE_S, DEMO_REPS[last]["end_s"] + 0.6, step)


def demo_tops_s(first: int, last: int) -> list[float]:
    """When the legs are highest in `demo_reps`."""
    begin_s = DEMO_REPS[first]["start_s"] - _BEFORE_S
    return [DEMO_REPS[rep]["top_s"] - begin_s for rep in range(first, last + 1)]


def demo_shot(from_s: float = 0.0, to_s: float = 999.0, step: int = 1) -> Shot:
    """Every `step`-th frame of the demo clip between two times."""
    kept = [(time_s, frame) for time_s, frame in _demo() if from_s <= time_s < to_s][::step]
    return Shot([time_s for time_s, _ in kept], [frame for _, frame in kept])


@cache
def _demo() -> list[tuple[float, Rgb]]:
    with av.open(str(DEMO)) as container:
        return [(f.time, f.to_ndarray(format="rgb24")) for f in container.decode(video=0)]


def painted(n: int, height: int = 64, width: int = 96, seed: int = 0) -> list[Rgb]:
    """Frames that differ from each other and have no symmetry: a moving bar over coarse noise."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (height // 8 + 1, width // 8 + 1, 3), dtype=np.uint8)
    ground = np.kron(coarse, np.ones((8, 8, 1), np.uint8))[:height, :width]
    frames = []
    for i in range(n):
        frame = ground.copy()
        at = (3 * i) % (width - 4)
        frame[:, at : at + 4] = (255, 255, 0)
        frames.append(frame)
    return frames


def noise(n: int, height: int = 120, width: int = 160) -> list[Rgb]:
    rng = np.random.default_rng(1)
    return [rng.integers(0, 255, (height, width, 3), dtype=np.uint8) for _ in range(n)]


def write_sound(path: Path, codec: str = "aac", cover: bool = False) -> Path:
    """Encode a sound file, without any picture or with a cover, which containers list as video."""
    wave = (8000 * np.sin(np.arange(8000) / 8)).astype(np.int16)[None]
    heard = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
    heard.sample_rate = 16_000
    with av.open(str(path), "w") as container:
        streams = [(container.add_stream(codec, rate=16_000, layout="mono"), heard)]
        if cover:
            stream = container.add_stream("mjpeg", rate=1)
            stream.pix_fmt, stream.height, stream.width = "yuvj420p", 64, 96
            stream.disposition = Disposition.attached_pic
            picture = av.VideoFrame.from_ndarray(painted(1)[0], "rgb24")
            streams.insert(0, (stream, picture.reformat(format="yuvj420p")))
        for stream, frame in streams:
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


def zeroed(path: Path, source: Path, at_frac: float = 0.42, n_bytes: int = 4096) -> Path:
    data = source.read_bytes()
    at = round(len(data) * at_frac)
    end = min(at + n_bytes, len(data))
    path.write_bytes(data[:at] + bytes(end - at) + data[end:])
    return path


def cut_off(path: Path, source: Path, share: float = 0.6) -> Path:
    data = source.read_bytes()
    path.write_bytes(data[: round(len(data) * share)])
    return path


def remuxed(path: Path, source: Path) -> Path:
    """Copy packets into another container."""
    with av.open(str(source)) as given, av.open(str(path), "w") as taken:
        stream = given.streams.video[0]
        copy = taken.add_stream_from_template(stream)
        for packet in given.demux(stream):
            if packet.dts is not None:
                packet.stream = copy
                taken.mux(packet)
    return path


def write_tracks(path: Path, tracks: Sequence[tuple[Sequence[Rgb], int, bool]]) -> Path:
    """Encode several video tracks, each given by frames, rate and whether it is the default."""
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("libx264", rate=fps, options=GOOD) for _, fps, _ in tracks]
        for stream, (frames, _, default) in zip(streams, tracks, strict=True):
            stream.height, stream.width = frames[0].shape[:2]
            stream.pix_fmt = "yuv420p"
            stream.disposition = Disposition.default if default else Disposition(0)
        for stream, (frames, _, _) in zip(streams, tracks, strict=True):
            for frame in frames:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
            container.mux(stream.encode(None))
    return path
