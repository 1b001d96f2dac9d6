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
from leglift.verdict.check import TURN_COLUMNS, turn_deg
from leglift.vision.beside import give_way
from leglift.vision.extract import MAX_PEOPLE, OnFrame, extract_clip
from leglift.vision.people import is_far_away, neighbour_frac
from leglift.vision.pose import PoseBundle
from leglift.vision.table import ClipMeta, read_frames
from leglift.vision.video import AS_IT_COMES, Reading

OnPass = Callable[[str], OnFrame | None]

_log = logging.getLogger(__name__)

_FEWEST = 3
_TOO_SHORT = "no leg lift found; the legs do not go up and down in so few pictures"
_NOBODY = "no person found; film the whole body from the side, in good light"
_FAR = "the person is too far away to be followed; come closer, until the body fills the picture"


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

        `after_hole_s` is the time from the hole before its shot to the rep, NaN without any hole.
        """
        motion, reps = self.motion, rep_features(self.motion, params)
        seen = motion.signals[["near_followed_deg", "far_followed_deg"]].notna().any(axis=1)
        first_s = motion.signals[seen].groupby("shot_idx")["time_s"].min()
        holes = [shot for shot, view in motion.views.items() if view.after_hole]
        since_s = reps["start_s"] - reps["shot_idx"].map(first_s[first_s.index.isin(holes)])
        known = reps.assign(neighbour_frac=self.neighbour_frac, after_hole_s=since_s.astype(float))
        return without_beginnings(known, params.plausible)


@contextmanager
def watched(
    video: Path,
    bundle: PoseBundle,
    params: Params,
    on_pass: OnPass = lambda _: None,
    reading: Reading = AS_IT_COMES,
) -> Iterator[Watched]:
    """Look at a video and keep its table for as long as the context lasts.

    The landmarker follows one person. If that person does no leg lift, somebody else may: the
    video is read once more with up to `MAX_PEOPLE`, and the one who lifts is judged.

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
    with scratch_folder() as folder:
        table, vision, seen = folder / "clip.parquet", params.vision, None
        with (
            ThreadPoolExecutor(1, "leglift-neighbours", initializer=give_way) as beside,
            _blaming(video, folder),
        ):
            looked = beside.submit(neighbour_frac, video, bundle, vision, reading)
            meta = extract_clip(video, table, bundle, vision, 1, on_pass("watching"), reading)
            motion = segment_lifter(table, params)
            if motion is not None and motion.reps.empty:
                again = on_pass("looking for others")
                extract_clip(video, table, bundle, vision, MAX_PEOPLE, again, reading)
                motion = segment_lifter(table, params) or motion
            if motion is not None and len(motion.signals):
                turn = turn_deg(read_frames(table, TURN_COLUMNS, motion.track_idx))
                neighbours = looked.result() if len(motion.reps) else math.nan
                seen = Watched(meta, motion, turn, neighbours, table)
        try:
            if seen is None:
                if motion is not None and meta.n_frames < _FEWEST:
                    raise NoLegLiftError(f"{video}: {_TOO_SHORT}")
                far = is_far_away(video, bundle, vision, reading)
                raise NoLegLiftError(f"{video}: {_FAR if far else _NOBODY}")
            yield seen
        except NoLegLiftError:
            for complaint in meta.complaints:  # else nothing is said of what is wrong with the file
                _log.warning("%s: %s", video, complaint)
            raise


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a folder for temporary files that is gone in the end; `UsageError` without room."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="leglift-")
    except OSError as error:
        raise UsageError(_no_room(error)) from error
    with folder as name:
        yield Path(name)


@contextmanager
def _blaming(video: Path, folder: Path) -> Iterator[None]:
    """Blame a full disk, or the video instead of its table, which nobody has asked for."""
    try:
        yield
    except OSError as error:
        if not str(error.filename or folder).startswith(str(folder)):
            raise
        raise UsageError(_no_room(error)) from error
    except UsageError as error:
        raise VideoError(f"{video}: cannot be judged; its pictures or times are damaged") from error


def _no_room(error: OSError) -> str:
    why = os.strerror(error.errno) if error.errno else "no room"  # Arrow's own words are long
    return f"temporary files cannot be written ({why}); name another folder with TMPDIR=FOLDER"
