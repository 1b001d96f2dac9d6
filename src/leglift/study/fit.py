"""Gate and estimator fitted with people left out; what is chosen here is frozen before the test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from leglift.equal_angle import person_weights
from leglift.instrument.edge import COLUMNS, EDGE_HZ, LEVELS
from leglift.instrument.gate import SEEN_AT, back_visible
from leglift.instrument.lifted import EdgeModel, edge_height
from leglift.params import load_params
from leglift.schemas import read_videos
from leglift.spans import in_spans, spans_of
from leglift.study.dataset import needed
from leglift.study.truth import phase_moments, read_moments, with_people

Floats = npt.NDArray[np.float64]


N_SPLITS = 10
GATE_HZ = 2.0
FALSE_ALARMS = 0.15
"""Share of flat moments that the shipped cut-off may call lifted, people alike.

At 0.05 it finds a third of the lifted moments only: flat backs of a few people read high.
"""

MISSES = 0.10
"""Share of lifted moments that may be called flat."""

_FREE = 1e6  # no shrinking: two numbers from hundreds of moments
_NUMBERS = [name for name in COLUMNS if name not in ("time_s", "shot_idx")]


def read_rows(data: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Edge table, rated moments with their people, and all labelled moments."""
    edge = pd.read_parquet(needed(data / "edge.parquet", "run leglift study edge first"))
    videos = read_videos(data / "videos.csv")
    moments = with_people(read_moments(data), videos)
    return edge, moments, labelled(edge, moments, phase_moments(edge, videos))


def of_split(table: pd.DataFrame, split: str) -> pd.DataFrame:
    """Rows of one split, counted anew."""
    return table[table["split"] == split].reset_index(drop=True)


def gate_moments(edge: pd.DataFrame, visibility: pd.DataFrame) -> pd.DataFrame:
    """Moments with `visible` where both describers agree, `GATE_HZ` a second.

    `visibility` has a row a clip and describer, with `visible_s`. Moments on which the describers
    disagree, and clips that fewer than two described, are left out.
    """
    parts = []
    for clip_id, own in edge.groupby("clip_id"):
        said = visibility.loc[visibility["clip_id"] == clip_id, "visible_s"]
        if len(said) < 2:
            continue
        votes = np.stack([in_spans(own["time_s"], spans_of(spans)) for spans in said])
        everybody = votes.all(axis=0)
        rows = own.assign(visible=everybody)[everybody | ~votes.any(axis=0)]
        parts.append(rows.iloc[:: round(EDGE_HZ / GATE_HZ)])
    return pd.concat(parts, ignore_index=True)


def labelled(edge: pd.DataFrame, moments: pd.DataFrame, phases: pd.DataFrame) -> pd.DataFrame:
    """Everything that trains or tests the estimator: rated moments and phases with a given state.

    `lifted` is bool, `source` says where it comes from (`raters` or `phase`).
    """
    known = moments[moments["visible"] & moments["lifted"].isin(["yes", "no"])].copy()
    found = nearest(edge, known)
    rated = known.assign(lifted=known["lifted"] == "yes", source="raters", phase_id="")
    rated = rated.drop(columns=["leg_angle_deg", "shot_idx"]).join(found[[*_NUMBERS, "shot_idx"]])
    rated["leg_angle_deg"] = rated["leg_angle_deg"].fillna(known["leg_angle_deg"])
    given = phases.assign(source="phase", moment=-1).iloc[::3]
    table = pd.concat([rated, given], ignore_index=True)
    return table.dropna(subset=LEVELS, how="all").reset_index(drop=True)


def nearest(edge: pd.DataFrame, moments: pd.DataFrame) -> pd.DataFrame:
    """Row of `edge` nearest in time to every moment of the same clip, indexed like `moments`.

    NaN rows where the clip has no edge within 0.2 s.
    """
    rows = edge.drop(columns="rep").assign(time_s=edge["time_s"].astype(float))
    found = pd.merge_asof(
        moments[["clip_id", "time_s"]].rename_axis("at").reset_index().sort_values("time_s"),
        rows.sort_values("time_s"),
        on="time_s",
        by="clip_id",
        direction="nearest",
        tolerance=0.2,
    )
    return found.set_index("at").reindex(moments.index)


def fit_curve(rows: pd.DataFrame) -> LogisticRegression:
    """Logistic curve of `lifted` over `edge_height`; people and the two states weigh alike."""
    weights = person_weights(rows["person_id"])
    for state in (True, False):
        own = rows["lifted"].to_numpy(bool) == state
        weights[own] *= len(rows) / 2 / weights[own].sum()
    curve = LogisticRegression(C=_FREE)
    curve.fit(edge_height(rows)[:, None], rows["lifted"], sample_weight=weights)
    return curve


def probability(curve: LogisticRegression, rows: pd.DataFrame) -> Floats:
    """Probability (n,) of lifted, NaN where the height is unknown."""
    height = edge_height(rows)
    known, out = np.isfinite(height), np.full(len(rows), np.nan)
    if known.any():
        out[known] = curve.predict_proba(height[known, None])[:, 1]
    return out


def edge_model(rows: pd.DataFrame) -> EdgeModel:
    """Instrument with the curve fitted to some rows; it calls nothing and knows no error."""
    curve = fit_curve(rows)
    slope = float(curve.coef_[0, 0])
    return EdgeModel(-float(curve.intercept_[0]) / slope, slope, np.nan, np.nan)


def measured(edge: pd.DataFrame, model: EdgeModel) -> pd.DataFrame:
    """Moments of all clips with `back_visible`, `height_norm` and `p_lifted`."""
    gate = load_params().gate
    parts = [model.measure(clip, gate) for _, clip in edge.groupby("clip_id")]
    return pd.concat(parts, ignore_index=True)


def measured_left_out(edge: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """`measured`, every person by a curve that has not seen them."""
    parts = [
        measured(own, edge_model(rows[rows["person_id"] != person]))
        for person, own in edge.groupby("person_id")
    ]
    return pd.concat(parts, ignore_index=True)


def left_out(rows: pd.DataFrame) -> Floats:
    """Probability (n,) of every row by a curve that has not seen its person."""
    out = np.full(len(rows), np.nan)
    splits = GroupKFold(n_splits=min(N_SPLITS, rows["person_id"].nunique()))
    for train, test in splits.split(rows, rows["lifted"], groups=rows["person_id"]):
        out[test] = probability(fit_curve(rows.iloc[train]), rows.iloc[test])
    return out


def left_out_seen(rows: pd.DataFrame) -> Floats:
    """`left_out` of the rows that the gate lets through, fitted to such rows alone; else NaN."""
    out, through = np.full(len(rows), np.nan), seen(rows)
    out[through] = left_out(rows[through].reset_index(drop=True))
    return out


def seen(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Rows that the gate lets through."""
    return back_visible(rows, load_params().gate) >= SEEN_AT


def alarm_cutoff(
    score: Floats,
    lifted: npt.NDArray[np.bool_],
    people: pd.Series,
    false_alarms: float = FALSE_ALARMS,
) -> float:
    """Lowest cut-off at which at most so many of the flat moments alarm, people alike."""
    weights = person_weights(people)
    flat = ~lifted
    for cut in np.unique(np.r_[score, 1.0]):
        if weights[flat & (score >= cut)].sum() <= false_alarms * weights[flat].sum():
            return float(cut)
    return 1.0


def miss_cutoff(score: Floats, lifted: npt.NDArray[np.bool_], people: pd.Series) -> float:
    """Highest cut-off below which at most `MISSES` of the lifted moments lie, people alike."""
    weights = person_weights(people)
    for cut in np.unique(np.r_[0.0, score])[::-1]:
        if weights[lifted & (score < cut)].sum() <= MISSES * weights[lifted].sum():
            return float(cut)
    return 0.0
