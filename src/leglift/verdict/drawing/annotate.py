"""The judged video with the verdict drawn on it: skeleton, trunk, back down or up, leg angle, reps.

Every frame of the video is kept with its own time, upright and with square pixels, at the size that
was judged (longest side `max_side_px`), with its sound. The video is decoded a second time and
streamed, so its length does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import cv2
import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from leglift.errors import UsageError
from leglift.memory import give_back
from leglift.motion.segment import Motion
from leglift.params import Params
from leglift.verdict.course import FLAT, LIFTED, UNSEEN, UNSURE, state_at
from leglift.verdict.drawing.canvas import BLACK, PALE, WHITE, Canvas, Colour, Rgb
from leglift.verdict.drawing.draw import VERDICT_HEX, Look, iter_looks, shot_at
from leglift.verdict.drawing.sound import add_sound
from leglift.verdict.judge import Judged
from leglift.verdict.table import WORDS
from leglift.vision.extract import OnFrame
from leglift.vision.video import Frame, PictureReader, read_ahead

TICKS_HZ = 90_000
X264 = {"preset": "superfast", "crf": "23"}
"""Half of what judging costs is what drawing may cost; `veryfast` takes a third longer."""

_STATE_VERDICT = {FLAT: "good", LIFTED: "arched"}
_STATE_WORDS = {FLAT: "back down", LIFTED: "BACK UP", UNSURE: "unsure", UNSEEN: "back not seen"}
_TILT_WORDS = _STATE_WORDS | {FLAT: "flat", LIFTED: "arched"}

_STALE_S = 0.1
_FRAMES_A_TRIM = 600


def annotate_video(
    seen: Judged, target: Path, params: Params, on_frame: OnFrame | None = None
) -> None:
    """Write the judged video with the verdict drawn on it (H.264 in MP4, with its sound).

    The file appears under its name only when it is complete.

    Raises
    ------
    UsageError
        The target cannot be written.
    VideoError
        The video cannot be read again.
    """
    live = live_table(_clock(seen.table), seen.motion, seen.reps, seen.course)
    draw = Painter(seen.reps, seen.meta.duration_s)
    whole = replace(seen.reading, max_fps=None)  # every frame is drawn, also those passed over
    reader = PictureReader(seen.video, params.vision.max_side_px, whole)
    frames = read_ahead(reader, params.vision.queue_mib)
    looks = iter_looks(seen.table, seen.motion, params.back)
    timed = seen.reading.source_fps is None
    with _encoder(target, reader, seen.meta.fps, timed) as write:
        for frame, look, now in _paired(frames, looks, live.itertuples()):
            write(draw(frame, look, now), frame.time_s)
            if frame.frame_idx % _FRAMES_A_TRIM == 0:
                give_back()  # what three threads take and free, the C library scatters
            if on_frame:
                on_frame(frame.frame_idx + 1, frame.time_s)


def _clock(table: Path) -> pd.DataFrame:
    """Index and time of every frame."""
    clock: pd.DataFrame = pq.read_table(table, columns=["frame_idx", "time_s"]).to_pandas()
    return clock.drop_duplicates("frame_idx")


def live_table(
    frames: pd.DataFrame, motion: Motion, reps: pd.DataFrame, course: pd.DataFrame
) -> pd.DataFrame:
    """Tell what holds at every frame, a row a frame of `frames` (`frame_idx`, `time_s`).

    Columns: `rep` (the one that runs or ran last, 0 before the first), `verdict` (of that rep,
    "" before the first), `runs` (whether it still does), `leg` (near or far), `leg_deg` (its
    angle, NaN where not known), and `state` of the back (`verdict.course`).
    """
    time_s = frames["time_s"].to_numpy(float)
    at = np.searchsorted(reps["start_s"].to_numpy(float), time_s, side="right") - 1
    begun = at >= 0
    rep = reps[["rep", "verdict", "leg", "end_s"]].reset_index(drop=True).reindex(at.clip(0))
    rep = rep.reset_index(drop=True)  # unknown where there are no reps, as in a pelvic tilt
    row = shot_at(motion.signals, time_s)
    shown = motion.signals[["time_s", "near_leg_deg", "far_leg_deg"]]
    now = shown.iloc[row.clip(0)].reset_index(drop=True)
    known = (row >= 0) & (time_s - now["time_s"].to_numpy(float) < _STALE_S)
    far = begun & (rep["leg"] == "far").to_numpy()
    angle = np.where(far, now["far_leg_deg"], now["near_leg_deg"])
    return pd.DataFrame(
        {
            "frame_idx": frames["frame_idx"].to_numpy(),
            "time_s": time_s,
            "rep": np.where(begun, rep["rep"], 0),
            "verdict": np.where(begun, rep["verdict"], ""),
            "runs": begun & (time_s <= rep["end_s"].to_numpy(float)),
            "leg": np.where(far, "far", "near"),
            "leg_deg": np.where(known, angle, np.nan),
            "state": np.where(known, state_at(course, time_s), UNSEEN),
        }
    )


def _paired(
    frames: Iterable[Frame], looks: Iterator[tuple[int, Look]], live: Iterator[Any]
) -> Iterator[tuple[Frame, Look | None, Any]]:
    """Give every frame its look and its row of `live`; all three come in order.

    A frame that was passed over when the video was judged gets those of the last one that was not.
    """
    now, coming = next(live, None), next(live, None)
    ahead, shown = next(looks, None), None
    for frame in frames:
        while coming is not None and coming.frame_idx <= frame.frame_idx:
            now, coming = coming, next(live, None)
        if now is None:
            return
        while ahead is not None and ahead[0] <= now.frame_idx:
            shown, ahead = ahead, next(looks, None)
        yield frame, shown[1] if shown and shown[0] == now.frame_idx else None, now


# --- the file --------------------------------------------------------------------------------


@contextmanager
def _encoder(
    target: Path, reader: PictureReader, fps: float, own_times: bool
) -> Iterator[Callable[[Rgb, float], None]]:
    """Write beside the target and rename at the end, so that no half video is ever seen."""
    part = target.with_name(target.name + ".part")
    try:
        options = {"movflags": "faststart"}  # the index first: plays before it is loaded
        with av.open(str(part.absolute()), "w", format="mp4", options=options) as container:
            encode = _Encode(container, reader, fps)
            yield encode
            encode.finish()
        add_sound(part, reader.path, own_times=own_times)
        part.replace(target)
    except (av.error.FFmpegError, OSError) as error:
        raise UsageError(f"{target}: cannot be written ({error.strerror or error})") from error
    finally:
        part.unlink(missing_ok=True)


class _Encode:
    """Encodes pictures, each at its own time, in the colours of the video they come from."""

    def __init__(self, container: Any, reader: PictureReader, fps: float) -> None:
        self._container, self._reader = container, reader
        self._rate = Fraction(max(fps, 1.0)).limit_denominator(1001)
        self._stream: Any = None

    def __call__(self, rgb: Rgb, time_s: float) -> None:
        if self._stream is None:
            self._stream = self._opened(*rgb.shape[:2])
        planes = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420), np.uint8)
        picture = av.VideoFrame.from_ndarray(planes, "yuv420p")
        picture.pts, picture.time_base = round(time_s * TICKS_HZ), Fraction(1, TICKS_HZ)
        self._container.mux(self._stream.encode(picture))

    def finish(self) -> None:
        """Encode what the encoder still holds back."""
        if self._stream is not None:
            self._container.mux(self._stream.encode(None))

    def _opened(self, height: int, width: int) -> Any:
        stream = self._container.add_stream("libx264", rate=self._rate, options=X264)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        context.time_base = Fraction(1, TICKS_HZ)
        context.gop_size = max(round(2 * self._rate), 1)  # a key frame every 2 s: quick to scrub
        if self._reader.colour_tags is not None:
            (
                context.colorspace, context.color_range,
                context.color_primaries, context.color_trc,
            ) = self._reader.colour_tags  # fmt: skip
        return stream


# --- the picture -----------------------------------------------------------------------------


def _rgb(verdict: str) -> Colour:
    red, green, blue = bytes.fromhex(VERDICT_HEX[verdict].removeprefix("#"))
    return red, green, blue


class Painter:
    """Draws what is known at a frame onto its picture."""

    def __init__(self, reps: pd.DataFrame, duration_s: float) -> None:
        self._n_reps = len(reps)
        self._bands = [
            (rep["start_s"] / duration_s, rep["end_s"] / duration_s, _rgb(rep["verdict"]))
            for rep in reps.to_dict("records")
        ]
        self._duration_s = duration_s

    def __call__(self, frame: Frame, look: Look | None, now: Any) -> Rgb:
        """Return the frame's picture with everything drawn on it."""
        canvas = Canvas(frame.rgb, frame.scale)
        if look is not None:
            self._person(canvas, look, now)
        self._badge(canvas, now)
        canvas.strip(self._bands, frame.time_s / self._duration_s)
        return canvas.rgb

    def _person(self, canvas: Canvas, look: Look, now: Any) -> None:
        canvas.lines(look.bones("far"), PALE, 0.8)
        canvas.lines([look.trunk.back, look.trunk.belly], PALE, 0.7)
        canvas.lines(look.bones("near"), WHITE, 1.6, halo=True)
        canvas.dots([xy for name, xy in look.joints.items() if name.startswith("near")], 1.5)
        self._hollow(canvas, look, now)
        if np.isfinite(now.leg_deg):
            self._angle(canvas, look, now)

    def _hollow(self, canvas: Canvas, look: Look, now: Any) -> None:
        """Draw the lower back where it is known to be flat or lifted; else nothing is said.

        A gap is filled only where it counts as one: no outline lies on the floor to the pixel.
        """
        trunk = look.trunk
        if now.state in _STATE_VERDICT and len(trunk.hollow):
            colour = _rgb(_STATE_VERDICT[now.state])
            canvas.lines([trunk.floor], WHITE, 0.7, halo=True)
            if now.state == LIFTED:
                canvas.area(np.concatenate([trunk.hollow, trunk.support[::-1]]), colour)
            canvas.lines([trunk.hollow], colour, 1.6)

    def _angle(self, canvas: Canvas, look: Look, now: Any) -> None:
        canvas.lines([look.leg_arc(now.leg, now.leg_deg, 0.45)], WHITE, 0.9, halo=True)
        at = look.leg_arc(now.leg, now.leg_deg + 35.0, 0.65)[-1]
        canvas.text(f"{round(now.leg_deg)}°", at)

    def _badge(self, canvas: Canvas, now: Any) -> None:
        """Name the rep, and the back as it is now; once the rep is over, its verdict."""
        n = self._n_reps
        coming = f"{n} rep{'s' if n > 1 else ''} to come" if n else "pelvic tilt"
        after = canvas.chip(f"rep {now.rep}/{n}" if now.rep else coming, 0, BLACK)
        if now.runs or not n:
            colour = _rgb(_STATE_VERDICT.get(now.state, "cant_tell"))
            canvas.chip((_STATE_WORDS if n else _TILT_WORDS)[now.state], after, colour)
        elif now.verdict:
            canvas.chip(WORDS[now.verdict], after, _rgb(now.verdict))
