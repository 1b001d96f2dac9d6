"""Clips' tables to the study's table of reps."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from leglift.files import write_whole
from leglift.motion.back import GapRule, judge_back
from leglift.motion.features import rep_features
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


def clip_reps(clip: pd.Series, table: Path, params: Params) -> pd.DataFrame:
    """Reps of one clip with features, quality and the gap rule's verdict.

    `in_window` tells whether the whole rep lies in a usable window of the source list. A clip
    in which nobody lifts the legs gives an empty table.
    """
    motion = segment_lifter(table, params)
    if motion is None or motion.reps.empty:
        return pd.DataFrame()
    reps = judge_back(rep_features(motion, params), pd.DataFrame(), GapRule(params), params)
    inside = [in_windows(r.start_s, r.end_s, clip["windows_s"]) for r in reps.itertuples()]
    about = {column: clip[column] for column in CLIP_COLUMNS}
    return reps.assign(**about, in_window=inside)[[*CLIP_COLUMNS, "in_window", *reps.columns]]


def compact(seen: pd.DataFrame) -> pd.DataFrame:
    """Moments with numbers of 32 bits and four decimals: finer is noise, and git keeps them."""
    numbers = seen.select_dtypes("float").columns
    return seen.assign(**{name: seen[name].round(4).astype("float32") for name in numbers})


def in_windows(start_s: float, end_s: float, windows_s: str, slack_s: float = 0.3) -> bool:
    """Whether `[start_s, end_s]` lies in one of the windows `a-b;c-d`, give or take a little."""
    return any(
        start_s >= first - slack_s and end_s <= last + slack_s
        for first, last in spans_of(windows_s)
    )


def spans_of(text: str) -> list[tuple[float, float]]:
    """Spans `a-b;c-d` in seconds as numbers."""
    ends = (span.split("-") for span in text.split(";") if span)
    return [(float(first), float(last)) for first, last in ends]


def write_parquet(table: pd.DataFrame, path: Path) -> None:
    """Write a table whole or not at all."""
    write_whole(path, lambda part: table.to_parquet(part, index=False, compression="zstd"))
