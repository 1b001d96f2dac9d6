"""Clips' tables to the study's tables: reps, and the edge of the back ten times a second."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from leglift.errors import UsageError
from leglift.files import write_whole
from leglift.instrument.edge import COLUMNS, edge_moments, with_reps
from leglift.motion.back import GapRule, judge_back
from leglift.motion.features import rep_features
from leglift.motion.segment import segment_lifter
from leglift.params import Params
from leglift.spans import in_spans, spans_of

CLIP_COLUMNS = [
    "clip_id", "person_id", "exercise", "view", "arms", "clothing", "exclusion", "split"
]  # fmt: skip
EDGE_COLUMNS = ["clip_id", "person_id", "exercise", "split", "rep", "phase", *COLUMNS]

_SLACK_S = 0.3


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


def in_windows(start_s: float, end_s: float, windows_s: str) -> bool:
    """Whether `[start_s, end_s]` lies in one of the windows `a-b;c-d`, give or take a little."""
    return any(
        start_s >= first - _SLACK_S and end_s <= last + _SLACK_S
        for first, last in spans_of(windows_s)
    )


def clip_edge(clip: pd.Series, table: Path, params: Params) -> pd.DataFrame:
    """Moments of one clip inside its usable windows, with the rep and the phase they lie in.

    Numbers have 32 bits and four decimals: finer is noise, and git keeps them.
    """
    motion = segment_lifter(table, params)
    edge = edge_moments(motion) if motion is not None and len(motion.signals) else pd.DataFrame()
    if motion is None or edge.empty:
        return pd.DataFrame()
    own, spans = with_reps(edge, motion), spans_of(clip["windows_s"])
    if spans:
        own = own[in_spans(own["time_s"], spans)]
    numbers = own.select_dtypes("float").columns
    own = own.assign(**{name: own[name].round(4).astype("float32") for name in numbers})
    return own.assign(**{name: clip[name] for name in EDGE_COLUMNS[:4]})[EDGE_COLUMNS]


def write_parquet(table: pd.DataFrame, path: Path) -> None:
    """Write a table whole or not at all."""
    write_whole(path, lambda part: table.to_parquet(part, index=False, compression="zstd"))


def read_json(path: Path) -> dict[str, Any]:
    """One of the files with figures; a missing one is said in one line."""
    first = "run leglift study train and evaluate first"
    found: dict[str, Any] = json.loads(needed(path, first).read_text(encoding="utf-8"))
    return found


def needed(path: Path, remedy: str) -> Path:
    """Path of a file that is there; a missing one is said in one line, with what to do."""
    if not path.is_file():
        raise UsageError(f"{path}: no such file; {remedy}")
    return path
