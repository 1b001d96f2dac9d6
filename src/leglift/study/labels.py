"""Ratings become labels: strips' codes to reps, one table that only grows, matched by time.

A label belongs to a stretch of a clip. Reps may be found anew with other numbers, so a label is
matched to the rep that it overlaps.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.errors import UsageError
from leglift.schemas import COACH, KEY, LABELS, RATINGS, checked, read_checked

Floats = npt.NDArray[np.float64]

MIN_OVERLAP = 0.5
"""A label belongs to a rep if the intersection is at least this share of their union."""

SAME_RATING = ["clip_id", "start_s", "rater", "pass", "guide_version"]


def guide_version(guide: Path) -> int:
    """Version that the labelling guide's first line names."""
    if not guide.is_file():
        raise UsageError(f"{guide}: no such guide")
    lines = guide.read_text(encoding="utf-8").splitlines()
    found = re.search(r"version (\d+)", lines[0]) if lines else None
    if found is None:
        raise UsageError(f"{guide}: its first line names no version")
    return int(found[1])


def read_labels(path: Path) -> pd.DataFrame:
    """Read and check `data/labels.csv`; an empty table where there is no such file yet."""
    if not path.is_file():
        return pd.DataFrame(columns=list(LABELS.columns))
    return read_checked(path, LABELS, "table of labels")


def read_coach(data: Path) -> pd.DataFrame:
    """Captions of coaches; an empty table where there is no such file."""
    path = data / "coach_labels.csv"
    if not path.is_file():
        return pd.DataFrame(columns=list(COACH.columns))
    return read_checked(path, COACH, "table of captions")


def as_labels(
    ratings: pd.DataFrame, key: pd.DataFrame, rater: str, nth: int, version: int, rated_on: str
) -> pd.DataFrame:
    """Put reps in the place of codes and say who rated when.

    Raises
    ------
    UsageError
        A code is not in the key, or the result is not as the schema wants it.
    """
    unknown = sorted(set(ratings["code"]) - set(key["code"]))
    if unknown:
        raise UsageError(f"{unknown[0]}: no such code in the key ({len(unknown)} unknown)")
    joined = key.merge(ratings, on="code", validate="one_to_one")
    joined[["start_s", "end_s"]] = joined[["start_s", "end_s"]].round(3)
    about = {"rater": rater, "pass": nth, "guide_version": version, "rated_on": rated_on}
    table = joined.assign(**about)[list(LABELS.columns)].sort_values(["clip_id", "start_s", "rep"])
    return checked(table.reset_index(drop=True), LABELS, f"ratings of {rater}")


def with_new(labels: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Append new labels; refuses what this rater has already rated in this pass and version."""
    same = new.merge(labels[[*SAME_RATING, "rep"]].drop_duplicates(), on=[*SAME_RATING, "rep"])
    if len(same):
        first = same.iloc[0]
        raise UsageError(
            f"rater {first['rater']} has already rated {len(same)} of these {len(new)} reps in "
            f"pass {first['pass']} of guide version {first['guide_version']}; nothing was added"
        )
    return new.copy() if labels.empty else pd.concat([labels, new], ignore_index=True)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a CSV file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    table.to_csv(part, index=False, lineterminator="\n")
    part.replace(path)


def add_ratings(
    ratings_csv: Path, key_csv: Path, labels_csv: Path, rater: str, nth: int, version: int, day: str
) -> int:
    """Append a rater's file to the labels; returns how many were added."""
    ratings = read_checked(ratings_csv, RATINGS, "table of ratings")
    key = read_checked(key_csv, KEY, "key")
    new = as_labels(ratings, key, rater, nth, version, day)
    write_table(with_new(read_labels(labels_csv), new), labels_csv)
    return len(new)


def overlap(a: pd.DataFrame, b: pd.DataFrame) -> Floats:
    """Intersection over union of every stretch of `a` with every one of `b`, (len(a), len(b))."""
    start_a, end_a = (a[c].to_numpy(float)[:, None] for c in ("start_s", "end_s"))
    start_b, end_b = (b[c].to_numpy(float)[None, :] for c in ("start_s", "end_s"))
    both = (np.minimum(end_a, end_b) - np.maximum(start_a, start_b)).clip(min=0)
    either = np.maximum(end_a, end_b) - np.minimum(start_a, start_b)
    shared: Floats = np.divide(both, either, out=np.zeros_like(both), where=either > 0)
    return shared


def match_labels(reps: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Give each label the rep of its clip that it overlaps best.

    Parameters
    ----------
    reps
        `clip_id`, `rep`, `start_s`, `end_s`.
    labels
        Any table with `clip_id`, `start_s`, `end_s`.

    Returns
    -------
    The labels with `rep` (missing where no rep overlaps by `MIN_OVERLAP` or more) and `overlap`.
    Two reps may lie at the same time, one of each leg: then the number they had decides.
    """
    parts = [
        _matched(reps[reps["clip_id"] == clip_id], own)
        for clip_id, own in labels.groupby("clip_id")
    ]
    if not parts:
        return labels.assign(rep=pd.array([], "Int64"), overlap=np.array([], float))
    return pd.concat(parts).loc[labels.index]


def _matched(reps: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    if reps.empty:
        return labels.assign(rep=pd.array([None] * len(labels), "Int64"), overlap=0.0)
    shared = overlap(labels, reps)
    if "rep" in labels:  # a hint that only decides between equals
        same = labels["rep"].to_numpy()[:, None] == reps["rep"].to_numpy()[None, :]
        best = (shared + 1e-6 * same.astype(float)).argmax(axis=1)
    else:
        best = shared.argmax(axis=1)
    how_much = shared[np.arange(len(labels)), best]
    number = pd.Series(reps["rep"].to_numpy()[best], index=labels.index, dtype="Int64")
    return labels.assign(rep=number.where(how_much >= MIN_OVERLAP), overlap=how_much)
