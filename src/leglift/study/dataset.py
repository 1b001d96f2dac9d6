"""Clips' tables to the study's table of reps."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from leglift.motion.back import GapRule, judge_back
from leglift.motion.features import rep_features
from leglift.motion.moments import moments
from leglift.motion.segment import segment_lifter
from leglift.params import Params

CLIP_COLUMNS = [
    "clip_id",
    "person_id",
    "exercise",
    "view",
    "arms",
    "clothing",
    "exclusion",
    "split",
]


def clip_reps(clip: pd.Series, table: Path, params: Params) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reps of one clip with features, quality and the gap rule's verdict, and their moments.

    `in_window` tells whether the whole rep lies in a usable window of the source list. A clip
    in which nobody lifts the legs gives empty tables.
    """
    motion = segment_lifter(table, params)
    if motion is None or motion.reps.empty:
        return pd.DataFrame(), pd.DataFrame()
    seen = moments(motion, params)
    reps = judge_back(rep_features(motion, params), seen, GapRule(params), params)
    inside = [in_windows(r.start_s, r.end_s, clip["windows_s"]) for r in reps.itertuples()]
    about = {column: clip[column] for column in CLIP_COLUMNS}
    reps = reps.assign(**about, in_window=inside)[[*CLIP_COLUMNS, "in_window", *reps.columns]]
    return reps, compact(seen.assign(clip_id=clip["clip_id"]))


def compact(seen: pd.DataFrame) -> pd.DataFrame:
    """Moments with numbers of 32 bits and four decimals: finer is noise, and git keeps them."""
    numbers = seen.select_dtypes("float").columns
    return seen.assign(**{name: seen[name].round(4).astype("float32") for name in numbers})


def in_windows(start_s: float, end_s: float, windows_s: str, slack_s: float = 0.3) -> bool:
    """Whether `[start_s, end_s]` lies in one of the windows `a-b;c-d`, give or take a little."""
    spans = (span.split("-") for span in windows_s.split(";") if span)
    return any(
        start_s >= float(first) - slack_s and end_s <= float(last) + slack_s
        for first, last in spans
    )
