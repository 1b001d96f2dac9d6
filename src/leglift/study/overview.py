"""What the dataset holds, as tables and drawings of tables: the work behind notebook 01."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from joblib import Parallel, delayed

from leglift.motion.segment import Motion, segment_lifter
from leglift.motion.signals import BODY, SIDES
from leglift.params import Params, file_sha256
from leglift.study.stick import StickFigure, stick_figures
from leglift.vision.corpus import table_path
from leglift.vision.extract import read_meta


def fingerprints(paths: Sequence[Path]) -> pd.DataFrame:
    """SHA-256 of files and folders, a row each; a folder's is that of its files' names and hashes.

    Every notebook opens with it, so that a reader sees which tables its numbers come from.
    """
    rows = [
        {"table": path.name, "files": len(_files(path)), "sha256": _fingerprint(path)}
        for path in paths
    ]
    return pd.DataFrame(rows)


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.parquet")) if path.is_dir() else [path]


def _fingerprint(path: Path) -> str:
    if path.is_file():
        return file_sha256(path)
    lines = "".join(f"{file_sha256(file)}  {file.name}\n" for file in _files(path))
    return hashlib.sha256(lines.encode()).hexdigest()


def detection_table(videos: pd.DataFrame, tables: Path) -> pd.DataFrame:
    """Add `detected_frac`, `n_frames` and `fps` of each clip's table to the source list."""
    metas = [read_meta(table_path(tables, clip_id)) for clip_id in videos["clip_id"]]
    return videos.assign(
        detected_frac=[meta.detected_frac for meta in metas],
        n_frames=[meta.n_frames for meta in metas],
        fps=[meta.fps for meta in metas],
    )


def visibility_table(videos: pd.DataFrame, tables: Path) -> pd.DataFrame:
    """Mean `visibility` by clip, body `part` and `side` (near or far), a row each.

    Clips whose camera side is unknown have no near side and are left out.
    """
    known = videos[videos["camera_side"].isin(SIDES)]
    parts = [
        _clip_visibility(table_path(tables, row["clip_id"]), row["camera_side"]).assign(
            clip_id=row["clip_id"]
        )
        for _, row in known.iterrows()
    ]
    return pd.concat(parts, ignore_index=True)


def _clip_visibility(table: Path, near_side: str) -> pd.DataFrame:
    columns = [f"{side}_{part}_visibility" for side in SIDES for part in BODY]
    means = pq.read_table(table, columns=columns).to_pandas().mean()
    rows = [
        {
            "part": part,
            "side": "near" if side == near_side else "far",
            "visibility": means[f"{side}_{part}_visibility"],
        }
        for side in SIDES
        for part in BODY
    ]
    return pd.DataFrame(rows)


def clip_motions(videos: pd.DataFrame, tables: Path, params: Params) -> dict[str, Motion]:
    """Segment clips again, for their signals; clips in which nobody is seen are left out."""
    found = Parallel(n_jobs=-1)(
        delayed(segment_lifter)(table_path(tables, clip_id), params)
        for clip_id in videos["clip_id"]
    )
    both = zip(videos["clip_id"], found, strict=True)
    return {clip_id: motion for clip_id, motion in both if motion is not None}


def bottom_figures(
    reps: pd.DataFrame, videos: pd.DataFrame, tables: Path
) -> list[tuple[StickFigure, str]]:
    """Read the body at the end of every rep, with the person, the clip and the rep's number.

    Only for clips of one person: in others the table of reps does not say who lifts.
    """
    alone = videos[videos["n_people"] == 1].set_index("clip_id")
    bodies: list[tuple[StickFigure, str]] = []
    for clip_id, rows in reps[reps["clip_id"].isin(alone.index)].groupby("clip_id", sort=False):
        near_side = alone.loc[clip_id, "camera_side"]
        found = stick_figures(table_path(tables, str(clip_id)), rows["end_s"].tolist(), near_side)
        names = [f"{rep.person_id} {rep.clip_id[:5]}·{rep.rep}" for rep in rows.itertuples()]
        bodies += [(body, name) for body, name in zip(found, names, strict=True) if body]
    return bodies


def agreement_table(labels: Mapping[str, Any]) -> pd.DataFrame:
    """Kappas of the raters as rows to draw, from the part `labels` of `reports/metrics.json`.

    Returns
    -------
    `group`, `name`, `n_reps`, `value` and the bounds `low` and `high` of the 95 % interval over
    people, NaN where there is none.
    """
    rows = [
        _kappa("all raters (Fleiss)", "all reps", labels["all"], "fleiss_kappa"),
        _kappa("all raters (Fleiss)", "reps that all decided", labels["all"],
               "fleiss_kappa_decided", "n_reps_all_decided"),
    ]  # fmt: skip
    for group in ("view", "clothing"):
        rows += [
            _kappa(f"by {group} (Fleiss)", name, found, "fleiss_kappa")
            for name, found in labels[f"by_{group}"].items()
        ]
    rows += [
        _kappa("two raters (Cohen)", name.replace(" ", " and "), found, "kappa")
        for name, found in labels["pairs"].items()
    ]
    return pd.DataFrame(rows)


def _kappa(
    group: str, name: str, found: Mapping[str, Any], key: str, count: str = "n_reps"
) -> dict[str, Any]:
    low, high = found[f"{key}_95"] or (np.nan, np.nan)
    value = np.nan if found[key] is None else found[key]
    return {"group": group, "name": name, "n_reps": found[count], "value": value,
            "low": low, "high": high}  # fmt: skip


def self_agreement_table(labels: Mapping[str, Any]) -> pd.DataFrame:
    """Each rater's two passes against each other, a row a rater; see `pair_agreement_table`."""
    return pair_agreement_table(labels["self"])


def pair_agreement_table(pairs: Mapping[str, Any]) -> pd.DataFrame:
    """Kappas of pairs in words, a row a pair: `reps`, `kappa`, equal answers, kappa if decided."""
    rows = {
        name: {
            "reps": found["n_reps"],
            "kappa": _with_bounds(found["kappa"], found["kappa_95"]),
            "same answer": f"{found['agreement_frac']:.0%}",
            "kappa, decided": _with_bounds(found["kappa_decided"], found["kappa_decided_95"]),
        }
        for name, found in pairs.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("rater")


def number_agreement_table(labels: Mapping[str, Any]) -> pd.DataFrame:
    """How far raters agree on what they measured, a row a number."""
    rows = {
        name.replace("_", " "): {
            "reps": found["n_reps"],
            "given by": f"{found['given_frac']:.0%}",
            "ICC(2,1)": _with_bounds(found["icc_2_1"], found["icc_2_1_95"]),
            "median spread": found["median_spread"],
        }
        for name, found in labels["numbers"].items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("number")


def _with_bounds(value: float | None, bounds: Sequence[float] | None) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" + (f" ({bounds[0]:.2f} to {bounds[1]:.2f})" if bounds else "")
