"""The edge of the back over all clips of the source list, ten moments a second: one table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from leglift.instrument.edge import COLUMNS, edge_moments, with_reps
from leglift.motion.segment import segment_lifter
from leglift.params import Params
from leglift.study.dataset import compact, spans_of

ABOUT = ["clip_id", "person_id", "exercise", "split", "rep", "phase"]


def clip_edge(clip: pd.Series, table: Path, params: Params) -> pd.DataFrame:
    """Moments of one clip inside its usable windows, with the rep and the phase they lie in."""
    motion = segment_lifter(table, params)
    if motion is None or motion.signals.empty:
        return pd.DataFrame(columns=[*ABOUT, *COLUMNS])
    edge = edge_moments(motion)
    if edge.empty:
        return pd.DataFrame(columns=[*ABOUT, *COLUMNS])
    return about_clip(with_reps(edge, motion), clip)


def about_clip(edge: pd.DataFrame, clip: pd.Series) -> pd.DataFrame:
    """Keep what lies in a usable window and add what is known of the clip."""
    spans = spans_of(clip["windows_s"])
    inside = [any(a <= t <= b for a, b in spans) for t in edge["time_s"]]
    own = edge[inside] if spans else edge
    known = {name: clip[name] for name in ("clip_id", "person_id", "exercise", "split")}
    return compact(own.assign(**known)[[*ABOUT, *COLUMNS]])


def nearest(edge: pd.DataFrame, moments: pd.DataFrame) -> pd.DataFrame:
    """Row of `edge` nearest in time to every moment of the same clip, indexed like `moments`.

    NaN rows where the clip has no edge within 0.2 s.
    """
    parts = []
    for clip_id, own in moments.groupby("clip_id"):
        rows = edge[edge["clip_id"] == clip_id].sort_values("time_s")
        if rows.empty:
            continue
        joined = pd.merge_asof(
            own[["time_s"]].rename_axis("at").reset_index().sort_values("time_s"),
            rows.drop(columns="rep").assign(time_s=rows["time_s"].astype(float)),
            on="time_s", direction="nearest", tolerance=0.2,
        )  # fmt: skip
        parts.append(joined.set_index("at"))
    found = pd.concat(parts) if parts else pd.DataFrame(columns=COLUMNS)
    return found.reindex(moments.index)
