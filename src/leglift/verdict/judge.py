"""One video in, one verdict out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leglift.errors import NoLegLiftError
from leglift.instrument.back import EdgeBack
from leglift.instrument.calibrated import Span
from leglift.instrument.gate import SEEN_AT
from leglift.memory import give_back
from leglift.motion.back import BackModel, judge_back
from leglift.motion.segment import Motion
from leglift.params import Params
from leglift.verdict.check import main_shot, turn_words
from leglift.verdict.course import Tilts, course_of, measured_edge, tilts_of
from leglift.verdict.sections import Document, document
from leglift.verdict.watch import OnPass, Watched, watched
from leglift.vision.pose import PoseBundle
from leglift.vision.table import ClipMeta
from leglift.vision.video import AS_IT_COMES, Reading

SHOWN_SIGNALS = ["time_s", "shot_idx", "near_leg_deg", "far_leg_deg", "gap_norm"]
"""Signals that pictures are drawn from; all of them take 70 MiB of an hour."""


@dataclass(frozen=True)
class Task:
    """What judges a video and what else to make of it; travels to other processes and machines.

    With `reading.max_fps` only about so many frames of each second are looked at. `calibration` is
    when the person shows the own flat and the own arch; it is looked for where nothing is asked.
    """

    bundle: PoseBundle
    model: BackModel
    params: Params
    reading: Reading = AS_IT_COMES
    calibration: Span | None = None
    report: bool = False
    annotate: Path | None = None


@dataclass(frozen=True)
class Judged:
    """A judged video and what its verdict was read from.

    `motion` is the one who lifts, with `SHOWN_SIGNALS` alone. `reps` are the judged reps with all
    features, unrounded. `course` is what was measured at every moment (`verdict.course`).
    `measured` is a trained model's sidecar, empty without one. `table` is the clip's table of
    landmarks and silhouettes; it is gone once the context of `judged` ends.
    """

    video: Path
    document: Document
    meta: ClipMeta
    motion: Motion
    reps: pd.DataFrame
    course: pd.DataFrame
    measured: dict[str, Any]
    table: Path
    reading: Reading = AS_IT_COMES


def judge_video(video: Path, task: Task, on_pass: OnPass = lambda _: None) -> Document:
    """Judge one video; the result is a document of `judge.schema.json`. Raises as `judged`."""
    with judged(video, task, on_pass) as seen:
        return seen.document


@contextmanager
def judged(video: Path, task: Task, on_pass: OnPass = lambda _: None) -> Iterator[Judged]:
    """Judge one video and keep its table for as long as the context lasts.

    Raises what `watched` raises, `NoLegLiftError` where nobody does a leg lift, and `UsageError` of
    a calibration that shows no back, or one that does not move.
    """
    model, params = task.model, task.params
    with watched(video, task.bundle, params, on_pass, task.reading) as seen:
        motion, features, own, tilts = seen.motion, seen.features(params), None, None
        give_back()
        if motion.reps.empty:
            tilts = None if seen.turn_deg else tilts_of(motion, model, params)
            if tilts is None or not tilts.up:
                raise NoLegLiftError(f"{video}: no leg lift found; {_why(seen, tilts, params)}")
            edge, reps = tilts.edge, features.assign(verdict="", back_visible=np.nan)
        else:
            edge, own = measured_edge(motion, model, params, task.calibration)
            reps = judged_reps(features, edge, model, params)
        said = document(video, seen.meta, motion, reps, edge, model, params, own, tilts)
        course = course_of(edge, reps, model, params)
        motion = replace(motion, signals=motion.signals[SHOWN_SIGNALS].copy())
        give_back()
        known, table = sidecar_of(model), seen.table
        yield Judged(video, said, seen.meta, motion, reps, course, known, table, task.reading)


def judged_reps(
    features: pd.DataFrame, edge: pd.DataFrame, model: BackModel, params: Params
) -> pd.DataFrame:
    """Judged reps with `back_visible`, the share of their moments that show the back.

    NaN where a rep has no moment.
    """
    reps = judge_back(features, edge, model, params)
    shares = edge["back_visible"].ge(SEEN_AT).groupby(edge["rep"]).mean()
    return reps.assign(back_visible=reps["rep"].map(shares).astype(float))


def _why(seen: Watched, tilts: Tilts | None, params: Params) -> str:
    """Why there is no leg lift."""
    if seen.turn_deg:
        return turn_words(seen.turn_deg)
    reasons = seen.motion.movements["reason"]
    if len(reasons):
        return str(reasons.mode().iloc[0])
    view = seen.motion.views[main_shot(seen.motion)]
    back = "" if tilts is None else "; the back is seen and hardly moves"
    return view.lies_otherwise(params.reps) or f"the legs do not go up and down{back}"


def sidecar_of(model: BackModel) -> dict[str, Any]:
    """Return what is known of a trained model, its measured figures too; nothing of a rule."""
    return model.sidecar if isinstance(model, EdgeBack) else {}
