"""How well reps are counted, against counts made by eye before any segmentation was run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

GROUPS = {
    "lying both-leg raises from the side": ("lying both-leg raise", "side"),
    "lying both-leg raises, other views": ("lying both-leg raise", "oblique"),
    "related floor moves": ("related floor move", ""),
    "rendered figures": ("rendered or generated figure", ""),
}
"""Name of a row of the summary: the clips' group, and how their view begins."""


_FEWEST_PEOPLE = 4  # an interval over fewer would only look like one


def count_table(counts: pd.DataFrame, reps: pd.DataFrame, videos: pd.DataFrame) -> pd.DataFrame:
    """Set reps by eye beside reps by leglift, a row a clip, with the boundary errors.

    Parameters
    ----------
    counts
        `data/rep_counts.csv`, a row a rep (one row with rep 0 for a clip without reps).
    reps
        `data/reps.parquet`.
    videos
        The source list, which names the clip of each file.
    """
    clip_of = videos.set_index("file")["clip_id"]
    rows = []
    for file, by_eye in counts.groupby("file", sort=True):
        found = reps[reps["clip_id"] == clip_of[file]]
        first = by_eye.iloc[0]
        rows.append(
            {
                "clip_id": clip_of[file],
                **{name: first[name] for name in ("group", "view", "person_id", "split")},
                "by_eye": int(first["n_reps"]),
                "found": len(found),
                "start_error_s": _median_error(by_eye, found, "start_s"),
                "top_error_s": _median_error(by_eye, found, "top_s"),
                "end_error_s": _median_error(by_eye, found, "end_s"),
            }
        )
    return pd.DataFrame(rows)


def _median_error(by_eye: pd.DataFrame, found: pd.DataFrame, column: str) -> float:
    """Median absolute difference in time, where the counts agree."""
    if len(by_eye) != len(found) or not by_eye["rep"].all():
        return float("nan")
    return float(np.median(np.abs(by_eye[column].to_numpy() - found[column].to_numpy())))


def summarise(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Share of clips counted exactly and within one, by group and split."""
    rows = []
    for name, (group, view) in GROUPS.items():
        clips = table[(table["group"] == group) & table["view"].str.startswith(view)]
        for split in ("develop", "held_out"):
            part = clips[clips["split"] == split]
            if len(part):
                rows.append({"clips": name, "split": split, **_agreement(part)})
    return rows


def _agreement(part: pd.DataFrame) -> dict[str, Any]:
    off = (part["found"] - part["by_eye"]).abs()
    return {
        "n_clips": len(part),
        "n_people": int(part["person_id"].nunique()),
        "n_reps": int(part["by_eye"].sum()),
        "n_exact": int((off == 0).sum()),
        "exact_frac_95": _interval_over_people(off == 0, part["person_id"]),
        "n_within_one": int((off <= 1).sum()),
        "start_error_s": _rounded(part["start_error_s"].median()),
        "top_error_s": _rounded(part["top_error_s"].median()),
        "end_error_s": _rounded(part["end_error_s"].median()),
    }


def _interval_over_people(hit: pd.Series, person_id: pd.Series) -> list[float] | None:
    """95 % percentile bootstrap interval of the share of hits, drawing whole people."""
    people = hit.groupby(person_id).agg(["sum", "count"]).to_numpy(float)
    if len(people) < _FEWEST_PEOPLE:
        return None
    drawn = people[np.random.default_rng(0).integers(0, len(people), (5000, len(people)))]
    shares = drawn[..., 0].sum(axis=1) / drawn[..., 1].sum(axis=1)
    return [round(float(q), 2) for q in np.quantile(shares, [0.025, 0.975])]


def _rounded(value: float) -> float | None:
    return round(float(value), 2) if np.isfinite(value) else None
