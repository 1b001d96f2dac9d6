"""The judged video with the verdict drawn on it: skeleton, trunk, back down or up, leg angle, reps.

Every frame of the video is kept with its own time, upright and with square pixels, at the size that
was judged (longest side `max_side_px`), with its sound. The video is decoded a second time and
streamed, so its length does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from leglift.memory import give_back
from leglift.motion.segment import Motion
from leglift.params import Params
from leglift.verdict.course import FLAT, LIFTED, SAME_S, UNSEEN, UNSURE, state_at
from leglift.verdict.drawing.canvas import BLACK, PALE, WHITE, Canvas, Colour, Rgb
from leglift.verdict.drawing.draw import VERDICT_HEX, Look, iter_looks
from leglift.verdict.drawing.sound import FASTSTART, add_sound
from leglift.verdict.judge import Judged
from leglift.verdict.outputs import kept
from leglift.verdict.table import WORDS
from leglift.vision.extract import OnFrame
from leglift.vision.video import Frame, PictureReader, read_ahead

TICK_S = Fraction(1, 90_000)
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
    clock = pq.read_table(seen.table, columns=["frame_idx", "time_s"]).to_pandas()
    live = live_table(clock.drop_duplicates("frame_idx"), seen.motion, seen.reps, seen.course)
    draw = Painter(seen.reps, seen.meta.duration_s)
    whole = replace(seen.reading, max_fps=None)  # every frame is drawn, also those passed over
    reader = PictureReader(seen.video, params.vision.max_side_px, whole)
    frames = read_ahead(reader, params.vision.queue_mib)
    looks = iter_looks(seen.table, seen.motion, params.back)
    with kept(target) as part:
        with av.open(str(part.absolute()), "w", format="mp4", options=FASTSTART) as container:
            stream: Any = None
            for frame, look, now in _paired(frames, looks, live.itertuples()):
                rgb = draw(frame, look, now)
                if stream is None:
                    stream = _stream(container, rgb, seen.meta.fps, reader.colour_tags)
                planes = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420), np.uint8)
                picture = av.VideoFrame.from_ndarray(planes, "yuv420p")
                picture.pts, picture.time_base = round(frame.time_s / TICK_S), TICK_S
                container.mux(stream.encode(picture))
                if frame.frame_idx % _FRAMES_A_TRIM == 0:
                    give_back()  # what three threads take and free, the C library scatters
                if on_frame:
                    on_frame(frame.frame_idx + 1, frame.time_s)
            container.mux(stream.encode(None))
        add_sound(part, seen.video, own_times=seen.reading.source_fps is None)


def _stream(container: Any, rgb: Rgb, fps: float, tags: tuple[int, int, int, int] | None) -> Any:
    """Set up the encoder for such pictures, in the colours of the video they come from."""
    rate = Fraction(max(fps, 1.0)).limit_denominator(1001)
    stream = container.add_stream("libx264", rate=rate, options=X264)
    stream.height, stream.width, stream.pix_fmt = *rgb.shape[:2], "yuv420p"
    context = stream.codec_context
    context.time_base = TICK_S
    context.gop_size = max(round(2 * rate), 1)  # a key frame every 2 s: quick to scrub
    if tags is not None:
        context.colorspace, context.color_range = tags[:2]
        context.color_primaries, context.color_trc = tags[2:]
    return stream


def live_table(
    frames: pd.DataFrame, motion: Motion, reps: pd.DataFrame, course: pd.DataFrame
) -> pd.DataFrame:
    """Tell what holds at every frame, a row a frame of `frames` (`frame_idx`, `time_s`).

    Columns: `rep` (the one that runs or ran last, 0 before the first), `verdict` (of that rep,
    "" before the first), `runs` (whether it still does), `leg` (near or far), `leg_deg` (its
    angle, NaN where not known), and `state` of the back (`verdict.course`).
    """
    begun = reps[["rep", "verdict", "leg", "start_s", "end_s"]].sort_values("start_s")
    begun = begun.astype({"start_s": float, "end_s": float})  # of a pelvic tilt there are none
    live = pd.merge_asof(frames, begun, left_on="time_s", right_on="start_s")
    time_s = live["time_s"]
    angles = motion.signals[["time_s", "near_leg_deg", "far_leg_deg"]].assign(known=True)
    angles = angles.sort_values("time_s", kind="stable")  # shots touch, and may overlap by a step
    now = pd.merge_asof(time_s.to_frame() + SAME_S, angles, on="time_s", tolerance=_STALE_S)
    leg = np.where(live["leg"] == "far", "far", "near")
    return live.assign(
        rep=live["rep"].fillna(0).astype(int),
        verdict=live["verdict"].fillna(""),
        runs=time_s <= live["end_s"],
        leg=leg,
        leg_deg=np.where(leg == "far", now["far_leg_deg"], now["near_leg_deg"]),
        state=np.where(now["known"].notna(), state_at(course, time_s), UNSEEN),
    )


def _paired(
    frames: Iterable[Frame], looks: Iterator[tuple[int, Look]], live: Iterator[Any]
) -> Iterator[tuple[Frame, Look | None, Any]]:
    """Give every frame its look and its row of `live`; all three come in order.

    A frame that was passed over when the video was judged gets those of the last one that was not.
    """
    now, coming = next(live), next(live, None)
    ahead, shown = next(looks, None), None
    for frame in frames:
        while coming is not None and coming.frame_idx <= frame.frame_idx:
            now, coming = coming, next(live, None)
        while ahead is not None and ahead[0] <= now.frame_idx:
            shown, ahead = ahead, next(looks, None)
        yield frame, shown[1] if shown and shown[0] == now.frame_idx else None, now


def _rgb(verdict: str) -> Colour:
    red, green, blue = bytes.fromhex(VERDICT_HEX[verdict].removeprefix("#"))
    return red, green, blue


class Painter:
    """Draws what is known at a frame onto its picture."""

    def __init__(self, reps: pd.DataFrame, duration_s: float) -> None:
        self._n_reps, self._duration_s = len(reps), duration_s
        self._bands = [
            (rep.start_s / duration_s, rep.end_s / duration_s, _rgb(rep.verdict))
            for rep in reps.itertuples()
        ]

    def __call__(self, frame: Frame, look: Look | None, now: Any) -> Rgb:
        """Return the frame's picture with everything drawn on it."""
        canvas = Canvas(frame.rgb, frame.scale)
        if look is not None:
            self._person(canvas, look, now)
        self._badge(canvas, now)
        canvas.strip(self._bands, frame.time_s / self._duration_s)
        return canvas.rgb

    def _person(self, canvas: Canvas, look: Look, now: Any) -> None:
        """Draw the body; of the lower back something is said only where it is known.

        A gap is filled only where it counts as one: no outline lies on the floor to the pixel.
        """
        trunk = look.trunk
        canvas.lines(look.bones("far"), PALE, 0.8)
        canvas.lines([trunk.back, trunk.belly], PALE, 0.7)
        canvas.lines(look.bones("near"), WHITE, 1.6, halo=True)
        canvas.dots([xy for name, xy in look.joints.items() if name.startswith("near")], 1.5)
        if now.state in _STATE_VERDICT and len(trunk.hollow):
            colour = _rgb(_STATE_VERDICT[now.state])
            canvas.lines([trunk.floor], WHITE, 0.7, halo=True)
            if now.state == LIFTED:
                canvas.area(trunk.gap, colour)
            canvas.lines([trunk.hollow], colour, 1.6)
        if np.isfinite(now.leg_deg):
            canvas.lines([look.leg_arc(now.leg, now.leg_deg, 0.45)], WHITE, 0.9, halo=True)
            beyond = look.leg_arc(now.leg, now.leg_deg + 35.0, 0.65)[-1]
            canvas.text(f"{round(now.leg_deg)}°", beyond)

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
