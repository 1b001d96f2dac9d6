"""How well reps are counted, against counts made by eye before any segmentation was run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from leglift.labelling.quality import over_groups

GROUPS = {
    "lying both-leg raises from the side": ("lying both-leg raise", "side"),
    "lying both-leg raises, other views": ("lying both-leg raise", "oblique"),
    "related floor moves": ("related floor move", ""),
    "rendered figures": ("rendered or generated figure", ""),
}
"""Name of a row of the summary: the clips' group, and how their view begins."""

_ERRORS = {"start_s": "start_error_s", "top_s": "top_error_s", "end_s": "end_error_s"}
_FEWEST_PEOPLE = 4  # an interval over fewer would only look like one


def count_table(counts: pd.DataFrame, reps: pd.DataFrame, videos: pd.DataFrame) -> pd.DataFrame:
    """Set reps by eye beside reps by leglift, a row a clip, with the boundary errors.

    These are median absolute differences in time, NaN where the counts differ.

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
        row = {name: first[name] for name in ("group", "view", "person_id", "split")}
        row |= {"by_eye": int(first["n_reps"]), "found": len(found)}
        row |= dict.fromkeys(_ERRORS.values(), np.nan)
        if len(by_eye) == len(found) and by_eye["rep"].all():
            for at, error in _ERRORS.items():
                row[error] = np.median(np.abs(by_eye[at].to_numpy() - found[at].to_numpy()))
        rows.append({"clip_id": clip_of[file], **row})
    return pd.DataFrame(rows)


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
    n_people, interval = int(part["person_id"].nunique()), None
    if n_people >= _FEWEST_PEOPLE:
        found = over_groups(off == 0, part["person_id"], n_draws=5000)
        interval = [round(found[end], 2) for end in ("low", "high")]
    errors = part[list(_ERRORS.values())].median()
    return {
        "n_clips": len(part),
        "n_people": n_people,
        "n_reps": int(part["by_eye"].sum()),
        "n_exact": int((off == 0).sum()),
        "exact_frac_95": interval,
        "n_within_one": int((off <= 1).sum()),
        **{name: round(float(s), 2) if np.isfinite(s) else None for name, s in errors.items()},
    }
