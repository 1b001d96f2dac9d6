"""Every way of telling arched from good, on the same people who were in nobody's training."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from leglift.motion.rep_back import RAW_FEATURES
from leglift.study.evidence import (
    calibration_table,
    difference,
    permutation_p,
    risk_coverage,
    summary,
)
from leglift.study.features import (
    LANDMARK_FEATURES,
    LEG_FEATURES,
    MODEL_FEATURES,
    SILHOUETTE_FEATURES,
)
from leglift.study.model import Fitted, fit_selected, out_of_fold, with_scale

Flags = npt.NDArray[np.bool_]

SHIPPED = "both"
"""Training set of the shipped model: real people and simulated bodies, decided beforehand."""

SIDE_VIEWS = ("side", "side_oblique")
_FLAT = {"logistic regression": with_scale(LogisticRegression(C=0.1, class_weight="balanced"))}
_STUMP = {"one threshold": with_scale(DecisionTreeClassifier(max_depth=1, class_weight="balanced"))}
_MAJORITY = {"majority": with_scale(DummyClassifier(strategy="prior"))}


def judgeable(features: pd.DataFrame, consensus: pd.DataFrame) -> pd.DataFrame:
    """Reps that raters called good or arched, with `arched`, `severity` and raters' onset."""
    keep = ["clip_id", "rep", "label", "severity", "onset_deg", "n_raters", "source"]
    known = consensus[consensus["label"].isin(["good", "arched"])][keep]
    known = known.rename(columns={"onset_deg": "rated_onset_deg"})
    table = features.merge(known, on=["clip_id", "rep"], how="inner", validate="one_to_one")
    return table.assign(arched=table["label"] == "arched").sort_values(["clip_id", "rep"])


def is_headline(table: pd.DataFrame) -> pd.Series:
    """Lying both-leg raises seen from the side or nearly so."""
    return (table["exercise"] == "both_leg_raise") & table["view"].isin(SIDE_VIEWS)


def compare(real: pd.DataFrame, simulated: pd.DataFrame) -> pd.DataFrame:
    """Out-of-person predictions of every method, stacked: a row a rep and method.

    `real` is as `judgeable` gives it, `simulated` as `simulated_features` gives it.
    """
    arched, person = real["arched"].to_numpy(bool), real["person_id"]
    extra = (simulated[MODEL_FEATURES], simulated["arched"].to_numpy(bool))
    learned = {
        "majority": (LEG_FEATURES, None, _MAJORITY),
        "legs only": (LEG_FEATURES, None, _FLAT),
        "one landmark threshold": (LANDMARK_FEATURES, None, _STUMP),
        "landmarks only": (LANDMARK_FEATURES, None, _FLAT),
        "silhouette only": (SILHOUETTE_FEATURES, None, _FLAT),
        "real": (RAW_FEATURES, None, None),
        SHIPPED: (MODEL_FEATURES, extra, None),
    }
    parts = {
        name: out_of_fold(real[columns], arched, person, more, models)
        for name, (columns, more, models) in learned.items()
    }
    parts["simulated"] = zero_shot(real, simulated)
    parts["gap rule"] = gap_rule(real)
    about = real[[
        "clip_id", "rep", "person_id", "exercise", "view", "arms", "clothing", "verdict", "arched",
        "label", "severity", "rated_onset_deg",
    ]]  # fmt: skip
    return pd.concat(
        [about.join(said).assign(method=name) for name, said in parts.items()], ignore_index=True
    )


def zero_shot(real: pd.DataFrame, simulated: pd.DataFrame) -> pd.DataFrame:
    """Predictions of a model that has seen no real rep; selection over simulated bodies."""
    chosen = fit_simulated(simulated)
    return pd.DataFrame(
        {
            "p_arched": chosen.p_arched(real[MODEL_FEATURES]),
            "threshold": chosen.threshold,
            "model": chosen.name,
            "fold_idx": 0,
        },
        index=real.index,
    )


def fit_simulated(simulated: pd.DataFrame) -> Fitted:
    """Choose and fit on simulated bodies alone."""
    return fit_selected(
        simulated[MODEL_FEATURES], simulated["arched"].to_numpy(bool), simulated["person_id"]
    )


def gap_rule(real: pd.DataFrame) -> pd.DataFrame:
    """Score of the untrained rule: rise of the gap over the person's own flattest moment."""
    rise = real["gap_rise_norm"].fillna(0.0).clip(0.0, 1.0)
    threshold = real.attrs.get("gap_threshold", 0.03)
    return pd.DataFrame(
        {"p_arched": rise, "threshold": threshold, "model": "gap rule", "fold_idx": 0},
        index=real.index,
    )


def comparison_figures(predictions: pd.DataFrame, n_draws: int = 200) -> dict[str, Any]:
    """Figures of every method on the headline reps and on all, and what the shipped one adds."""
    figures: dict[str, Any] = {}
    for scope, rows in (
        ("headline", predictions[is_headline(predictions)]),
        ("all", predictions),
    ):
        by_method = {str(name): table for name, table in rows.groupby("method", sort=False)}
        shipped = by_method[SHIPPED]
        figures[scope] = {
            "methods": {name: summary(table, n_draws) for name, table in by_method.items()},
            "auc_over_legs_only": difference(shipped, by_method["legs only"], n_draws=n_draws),
            "auc_over_gap_rule": difference(shipped, by_method["gap rule"], n_draws=n_draws),
            "permutation_p": round(permutation_p(shipped, n_draws), 4),
            "gated": _gated(shipped, n_draws),
        }
    shipped = predictions[predictions["method"] == SHIPPED]
    figures["slices"] = slices(shipped, n_draws // 2)
    figures["calibration"] = calibration_table(shipped).round(4).to_dict("records")
    figures["risk_coverage"] = risk_coverage(shipped).round(4).to_dict("records")
    figures["models_chosen"] = shipped.groupby("fold_idx")["model"].first().to_dict()
    return figures


def _gated(table: pd.DataFrame, n_draws: int) -> dict[str, Any]:
    """Figures where the gate lets the back be judged, and the share of reps that it lets."""
    kept = table[table["verdict"] != "cant_tell"]
    share = len(kept) / len(table) if len(table) else float("nan")
    return {"coverage_frac": round(share, 4), **summary(kept, n_draws)} if len(kept) else {}


def slices(table: pd.DataFrame, n_draws: int) -> list[dict[str, Any]]:
    """AUC and counts by view, clothing, arms and exercise."""
    rows = []
    for column in ("view", "clothing", "arms", "exercise"):
        for value, part in table.groupby(column, sort=True):
            said = summary(part, n_draws)
            keep = ("n_reps", "n_people", "n_arched", "auc", "balanced_accuracy")
            rows.append({"slice": column, "value": value, **{k: said[k] for k in keep}})
    return rows
