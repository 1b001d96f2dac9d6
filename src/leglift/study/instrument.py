"""The instrument test: what the tool reads off simulated bodies beside what was true.

A row a true rep, with the found rep that it is. From it come the errors of leg angle, tempo and rep
count under each condition of filming, and the check that the legs alone say nothing about the arch.
Nothing here is an accuracy on people.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import ClassifierMixin, clone
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from leglift.study.agreement import interval_over_people
from leglift.study.evidence import auc, with_interval

Floats = npt.NDArray[np.float64]

CLIP_KEYS = ["clip_id", "person_id"]

TRUTHS = {
    "label": "true_label",
    "arch": "true_arch",
    "onset_deg": "true_onset_deg",
    "max_pelvic_tilt_deg": "true_tilt_deg",
    "max_lumbar_gap_mm": "true_gap_mm",
    "max_lumbar_gap_norm": "true_gap_norm",
    "lowest_leg_elevation_deg": "true_lowest_deg",
    "top_leg_elevation_deg": "true_top_deg",
    "lift_s": "true_lift_s",
    "lowering_s": "true_lowering_s",
    "knee_deg": "true_knee_deg",
    "legs": "true_legs",
}
"""Truth of a rep in a clip's document, and its column here."""

ERRORS = {
    "lowest_error_deg": ("lowest_leg_angle_deg", "true_lowest_deg"),
    "top_error_deg": ("top_leg_angle_deg", "true_top_deg"),
    "lift_error_s": ("lift_s", "true_lift_s"),
    "lowering_error_s": ("lowering_s", "true_lowering_s"),
    "onset_error_deg": ("back_lift_angle_deg", "true_onset_deg"),
}
"""Name of an error: the tool's column and the truth; found minus true."""

BINS: dict[str, tuple[str, Sequence[float]]] = {
    "azimuth": ("azimuth_abs_deg", (0, 5, 15, 25, 41)),
    "elevation": ("elevation_deg", (-15, 0, 8, 16, 33)),
    "distance": ("distance_m", (0, 2.5, 4, 6, 13)),
    "trunk": ("true_trunk_px", (0, 60, 90, 130, 200, 2000)),
}
"""Conditions that are numbers: their column and the borders, lower ones included."""

CONDITIONS = (*BINS, "clothing", "arms")
FREE_ARMS = ("chest", "overhead", "behind_head")
"""Arms that leave the waist free to see."""
LOOSE_M = 0.007
"""Cloth that stands further off the skin is loose."""

TRUE_LEGS = ["true_lowest_deg", "true_top_deg", "true_lift_s", "true_lowering_s", "true_knee_deg"]
FOUND_LEGS = [
    "lowest_leg_angle_deg", "top_leg_angle_deg", "lift_s", "lowering_s", "knee_angle_min_deg",
]  # fmt: skip


def read_truth(folder: Path) -> pd.DataFrame:
    """Read the true reps of all clips that `leglift synth` left in a folder (see `true_reps`)."""
    parts = []
    for path in sorted(folder.glob("*.json")):
        frames = pd.read_parquet(path.with_suffix(".truth.parquet"))
        parts.append(true_reps(json.loads(path.read_text()), trunk_px(frames)))
    return pd.concat(parts, ignore_index=True)


def trunk_px(frames: pd.DataFrame) -> float:
    """Median true length of the trunk in the picture: middle of the shoulders to that of the hips.

    `frames` is a clip's truth per frame.
    """
    ends = [
        [
            frames[[f"left_{part}_{axis}_px", f"right_{part}_{axis}_px"]].mean(axis=1)
            for axis in "xy"
        ]
        for part in ("shoulder", "hip")
    ]
    return float(np.median(np.hypot(*(np.array(ends[0]) - np.array(ends[1])))))


def true_reps(document: dict[str, Any], true_trunk_px: float) -> pd.DataFrame:
    """Take the true reps from one clip's document, a row each, with how the clip was filmed."""
    reps = pd.DataFrame(document["reps"]).rename(columns={"rep": "true_rep", **TRUTHS})
    times = reps[["start_s", "end_s"]].add_prefix("true_")
    kept = reps[["true_rep", *TRUTHS.values()]].join(times)
    kept["true_onset_deg"] = kept["true_onset_deg"].astype(float)  # all None where nothing lifts
    return kept.assign(**_filmed(document), true_trunk_px=true_trunk_px, n_true=len(kept))


def _filmed(document: dict[str, Any]) -> dict[str, Any]:
    sample = document["sample"]
    camera, loose = sample["camera"], sample["clothes"]["top_loose_m"] > LOOSE_M
    return {
        **{key: document[key] for key in CLIP_KEYS},
        **{key: camera[key] for key in ("azimuth_deg", "elevation_deg", "distance_m")},
        "width_px": camera["width_px"],
        "height_px": camera["height_px"],
        "clothing": "loose" if loose and not sample["clothes"]["bare_top"] else "fitted",
        "arms": sample["arms"]["name"],
        "detected_frac": document["detected_frac"],
    }


def rep_table(truth: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Set the tool's rep beside each true one.

    Parameters
    ----------
    truth
        Rows of `true_reps`.
    found
        Reps that the tool found, with `clip_id`, `true_rep` (NaN where it is no true rep), features
        and quality, as `leglift.study.synthetic` makes them.

    Returns
    -------
    A row a true rep: truth, how it was filmed, `is_found`, `n_found` (reps found in the clip),
    features and quality (NaN where it was not found) and `ERRORS`.
    """
    own = [c for c in found.columns if c == "clip_id" or c not in truth.columns]
    hits = found[[*own, "true_rep"]].dropna(subset=["true_rep"])
    hits = hits.astype({"true_rep": truth["true_rep"].dtype})
    # Two found reps can only share a true one where both cover half of it.
    hits = hits.drop_duplicates(["clip_id", "true_rep"])
    table = truth.merge(hits.assign(is_found=True), "left", on=["clip_id", "true_rep"])
    n_found = truth["clip_id"].map(found["clip_id"].value_counts()).fillna(0).astype(int)
    table = table.assign(is_found=table["is_found"].eq(True), n_found=n_found.to_numpy())
    errors = {name: table[a] - table[b] for name, (a, b) in ERRORS.items()}
    return with_conditions(table.assign(**errors))


def with_conditions(table: pd.DataFrame) -> pd.DataFrame:
    """Add `BINS` as ordered categories, such as `[0, 5)`."""
    table = table.assign(azimuth_abs_deg=table["azimuth_deg"].abs())
    cut = {
        name: pd.cut(table[column], list(edges), right=False)
        for name, (column, edges) in BINS.items()
    }
    return table.assign(**{name: levels.astype(str) for name, levels in cut.items()})


def clip_counts(table: pd.DataFrame) -> pd.DataFrame:
    """Rep counts, a row a clip of `rep_table`: `count_error` is found minus true."""
    clips = table.drop_duplicates("clip_id").copy()
    return clips.assign(count_error=clips["n_found"] - clips["n_true"]).reset_index(drop=True)


def levels(table: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    """Condition, level and rows: all rows first, then every level of every condition, in order."""
    parts = [("all", "all", table)]
    for name in CONDITIONS:
        groups = dict(list(table.groupby(name)))
        column = BINS[name][0] if name in BINS else name
        ordered = sorted(groups, key=lambda level: groups[level][column].iloc[0])
        parts += [(name, str(level), groups[level]) for level in ordered]
    return parts


def error_table(table: pd.DataFrame, draws: int = 500) -> pd.DataFrame:
    """Errors of `rep_table` under every condition, a row a level and quantity.

    Columns: `condition, level, quantity, n_reps, n_people, bias, mae, mae_low, mae_high`; the
    interval (95 %) is over people and NaN where they are few. Reps that were not found, or where
    the tool or the truth has no value, are left out.
    """
    rows = []
    for condition, level, part in levels(table):
        for quantity in ERRORS:
            known = part[part[quantity].notna()]
            if len(known):
                rows.append(
                    {
                        "condition": condition,
                        "level": level,
                        "quantity": quantity,
                        **_mean_error(known[quantity], known["person_id"], draws),
                    }
                )
    return pd.DataFrame(rows)


def _mean_error(error: pd.Series, person_id: pd.Series, draws: int) -> dict[str, float]:
    size = error.abs().to_numpy(float)
    low, high = _span(person_id, size, draws)
    return {
        "n_reps": len(error),
        "n_people": int(person_id.nunique()),
        "bias": float(error.mean()),
        "mae": float(size.mean()),
        "mae_low": low,
        "mae_high": high,
    }


def _span(person_id: pd.Series, values: Floats, draws: int) -> tuple[float, float]:
    """95 % interval of a mean over people; NaN where they are few."""
    found = interval_over_people(person_id, lambda rows: float(values[rows].mean()), draws)
    return (found[0], found[1]) if found else (float("nan"), float("nan"))


def count_table(table: pd.DataFrame, draws: int = 500) -> pd.DataFrame:
    """How well reps are counted under every condition, a row a level.

    Columns: `condition, level, n_clips, n_true, found_frac` (true reps that were found),
    `exact_frac` (clips), its interval over people, `within_one_frac`, `mean_error`.
    """
    rows = []
    for condition, level, part in levels(table):
        clips = clip_counts(part)
        off = clips["count_error"].abs()
        exact = (off == 0).to_numpy(float)
        low, high = _span(clips["person_id"], exact, draws)
        rows.append(
            {
                "condition": condition,
                "level": level,
                "n_clips": len(clips),
                "n_true": len(part),
                "found_frac": float(part["is_found"].mean()),
                "exact_frac": float(exact.mean()),
                "exact_low": low,
                "exact_high": high,
                "within_one_frac": float((off <= 1).mean()),
                "mean_error": float(clips["count_error"].mean()),
            }
        )
    return pd.DataFrame(rows)


def leg_models() -> dict[str, ClassifierMixin]:
    """Make the two models that try to tell the arch from the legs: a straight and a bent one."""
    fill = SimpleImputer(strategy="median")
    return {
        "logistic regression": make_pipeline(fill, StandardScaler(), LogisticRegression()),
        "extra trees": make_pipeline(
            fill, ExtraTreesClassifier(200, min_samples_leaf=5, random_state=0)
        ),
    }


def left_out(
    table: pd.DataFrame, columns: Sequence[str], model: ClassifierMixin, n_splits: int = 5
) -> pd.DataFrame:
    """Score every rep by a model that never saw its body, in the form that `evidence` takes."""
    arched = (table["true_label"] == "arched").to_numpy()
    values, person = table[list(columns)], table["person_id"]
    p = np.full(len(table), np.nan)
    for train, test in GroupKFold(n_splits).split(values, arched, person):
        fitted: Any = clone(model).fit(values.iloc[train], arched[train])
        p[test] = fitted.predict_proba(values.iloc[test])[:, 1]
    about = {"person_id": person.to_numpy(), "arched": arched, "threshold": 0.5}
    return pd.DataFrame({**about, "p_arched": p})


def legs_only(table: pd.DataFrame, draws: int = 500) -> pd.DataFrame:
    """AUC of the legs alone against the arch, a row for each set of columns and model.

    Columns: `legs` (true or as the tool reads them), `model, n_reps, n_people, auc, auc_low,
    auc_high`, the interval over people. In a corpus that teaches nothing through the legs it is one
    half for the true legs. What the tool reads may say a little more: an arch moves the hip's mark.
    """
    found = table[table["is_found"]]
    rows = []
    for legs, reps, columns in (("true", table, TRUE_LEGS), ("as read", found, FOUND_LEGS)):
        for name, model in leg_models().items():
            scored = left_out(reps, columns, model)
            figure = with_interval(scored, auc, draws)
            rows.append(
                {
                    "legs": legs,
                    "model": name,
                    "n_reps": len(scored),
                    "n_people": int(scored["person_id"].nunique()),
                    "auc": figure["value"],
                    "auc_low": figure["low"],
                    "auc_high": figure["high"],
                }
            )
    return pd.DataFrame(rows)
