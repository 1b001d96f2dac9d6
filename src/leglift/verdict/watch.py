"""Look at one video before anything is said of it: the same for `judge` and `check`."""

from __future__ import annotations

import logging
import math
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from leglift.errors import NoLegLiftError, UsageError, VideoError
from leglift.motion.features import rep_features
from leglift.motion.plausible import without_beginnings
from leglift.motion.segment import Motion, segment_lifter
from leglift.params import Params
from leglift.verdict.upright import turn_deg
from leglift.vision.beside import give_way
from leglift.vision.extract import MAX_PEOPLE, OnFrame, extract_clip
from leglift.vision.people import is_far_away, neighbour_frac
from leglift.vision.pose import PoseBundle
from leglift.vision.table import ClipMeta
from leglift.vision.video import AS_IT_COMES, Reading

OnPass = Callable[[str], OnFrame | None]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Watched:
    """What was seen in a video.

    `turn_deg` is by how much the picture had to be turned clockwise for the person to lie on the
    back in it, 0 where it is as it should be or nothing can be said. `neighbour_frac` is how often
    somebody else is close by, NaN where there is no rep that it could spoil. `table` is gone once
    the context of `watched` ends.
    """

    meta: ClipMeta
    motion: Motion
    turn_deg: int
    neighbour_frac: float
    table: Path

    def features(self, params: Params) -> pd.DataFrame:
        """Features of every rep, and what else speaks against one: neighbours, holes in the file.

        `after_hole_s` is the time from a hole to the rep, NaN without any hole.
        """
        reps = rep_features(self.motion, params)
        known = reps.assign(
            neighbour_frac=self.neighbour_frac, after_hole_s=after_hole_s(self.motion, reps)
        )
        return without_beginnings(known, params.plausible)


def after_hole_s(motion: Motion, reps: pd.DataFrame) -> pd.Series:
    """Time from the hole before its shot to each rep, NaN where the shot follows none."""
    seen = motion.signals[["near_followed_deg", "far_followed_deg"]].notna().any(axis=1)
    first_s = motion.signals[seen].groupby("shot_idx")["time_s"].min()
    holes = [shot for shot, view in motion.views.items() if view.after_hole]
    return (reps["start_s"] - reps["shot_idx"].map(first_s[first_s.index.isin(holes)])).astype(
        float
    )


@contextmanager
def watched(
    video: Path,
    bundle: PoseBundle,
    params: Params,
    on_pass: OnPass = lambda _: None,
    reading: Reading = AS_IT_COMES,
) -> Iterator[Watched]:
    """Look at a video and keep its table for as long as the context lasts.

    Raises
    ------
    VideoError
        The video is missing or cannot be read.
    NoLegLiftError
        It shows no person.
    UsageError
        There is no room for temporary files.
    ModelError
        The pose bundle does not load.
    """
    with _scratch() as folder:
        table = folder / "clip.parquet"
        with ThreadPoolExecutor(1, "leglift-neighbours", initializer=give_way) as beside:
            looked = beside.submit(neighbour_frac, video, bundle, params.vision, reading)
            with _room(folder), _in_the_video_s_name(video):
                meta, motion = _watch(video, table, bundle, params, on_pass, reading)
        with _complaining(video, meta.complaints):
            with _room(folder), _in_the_video_s_name(video):
                if motion is not None and motion.signals.empty and meta.n_frames < _FEWEST:
                    raise NoLegLiftError(f"{video}: {_TOO_SHORT}")
                if motion is None or motion.signals.empty:
                    far = is_far_away(video, bundle, params.vision, reading)
                    raise NoLegLiftError(f"{video}: {_FAR if far else _NOBODY}")
                turn = turn_deg(table, motion.track_idx)
                neighbours = looked.result() if len(motion.reps) else math.nan
            yield Watched(meta, motion, turn, neighbours, table)


_FEWEST = 3
_TOO_SHORT = "no leg lift found; the legs do not go up and down in so few pictures"
_NOBODY = "no person found; film the whole body from the side, in good light"
_FAR = "the person is too far away to be followed; come closer, until the body fills the picture"


def _watch(
    video: Path,
    table: Path,
    bundle: PoseBundle,
    params: Params,
    on_pass: OnPass,
    reading: Reading,
) -> tuple[ClipMeta, Motion | None]:
    """Write the clip's table and find the one who lifts.

    The landmarker follows one person. If that person does no leg lift, somebody else may: the
    video is read once more with up to `MAX_PEOPLE`, and the one who lifts is judged.
    """
    meta = extract_clip(video, table, bundle, params.vision, 1, on_pass("watching"), reading)
    motion = segment_lifter(table, params)
    if motion is not None and motion.reps.empty:
        again = on_pass("looking for others")
        extract_clip(video, table, bundle, params.vision, MAX_PEOPLE, again, reading)
        motion = segment_lifter(table, params) or motion
    return meta, motion


@contextmanager
def _complaining(video: Path, complaints: list[str]) -> Iterator[None]:
    """Say what is wrong with the file where nothing else will be said of it."""
    try:
        yield
    except NoLegLiftError:
        for complaint in complaints:
            _log.warning("%s: %s", video, complaint)
        raise


@contextmanager
def _scratch() -> Iterator[Path]:
    try:
        folder = tempfile.TemporaryDirectory(prefix="leglift-")
    except OSError as error:
        raise UsageError(_no_room(error)) from error
    with folder as name:
        yield Path(name)


@contextmanager
def _room(folder: Path) -> Iterator[None]:
    """Say in one line that the folder for temporary files is full."""
    try:
        yield
    except OSError as error:
        if not str(error.filename or folder).startswith(str(folder)):
            raise
        raise UsageError(_no_room(error)) from error


def _no_room(error: OSError) -> str:
    why = os.strerror(error.errno) if error.errno else "no room"  # Arrow's own words are long
    return f"temporary files cannot be written ({why}); name another folder with TMPDIR=FOLDER"


@contextmanager
def _in_the_video_s_name(video: Path) -> Iterator[None]:
    """Blame the video, not the table made of it, which nobody has asked for."""
    try:
        yield
    except UsageError as error:
        raise VideoError(f"{video}: cannot be judged; its pictures or times are damaged") from error
