"""Every way of telling arched from good, on the same people who were in nobody's training."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

from leglift.motion.rep_back import ARCHED_TILT_DEG, RAW_FEATURES
from leglift.params import load_params
from leglift.study.evidence import (
    FIGURES,
    N_DRAWS,
    auc,
    auc_within,
    between,
    calibration_table,
    counts,
    difference,
    permutation_p,
    person_weights,
    risk_coverage,
    rounded,
    summary,
    with_interval,
)
from leglift.study.features import (
    LANDMARK_FEATURES,
    LEG_FEATURES,
    MODEL_FEATURES,
    PEOPLE_FEATURES,
    SILHOUETTE_FEATURES,
)
from leglift.study.model import Fitted, families, fit_selected, out_of_fold, said, with_scale

Flags = npt.NDArray[np.bool_]
Learned = tuple[list[str], tuple[pd.DataFrame, Flags] | None, dict[str, Pipeline]]

SHIPPED = "both"
"""Training set of the shipped model: real people and simulated bodies, decided beforehand."""

LEGS_ONLY = "legs only"
"""The baseline that sees nothing of the back."""

SIDE_VIEWS = ("side", "side_oblique")
_LOGISTIC = families()["logistic regression"]
_STUMP = {"one threshold": with_scale(DecisionTreeClassifier(max_depth=1))}
_MAJORITY = {"majority": with_scale(DummyClassifier(strategy="prior"))}

ABOUT = [
    "clip_id", "rep", "person_id", "split", "exercise", "view", "arms", "clothing", "trunk_px",
    "off_axis_deg", "arm_cover_frac", "verdict", "arched", "label", "severity", "rated_onset_deg",
    "lift_deg", "back_lift_angle_deg",
]  # fmt: skip
"""What stands beside every prediction."""


def judgeable(features: pd.DataFrame, consensus: pd.DataFrame) -> pd.DataFrame:
    """Reps that raters called good or arched, with `arched`, `severity` and raters' onset."""
    keep = ["clip_id", "rep", "label", "severity", "onset_deg", "n_raters", "source"]
    known = consensus[consensus["label"].isin(["good", "arched"])][keep]
    known = known.rename(columns={"onset_deg": "rated_onset_deg"})
    table = features.merge(known, on=["clip_id", "rep"], how="inner", validate="one_to_one")
    return table.assign(arched=table["label"] == "arched").sort_values(["clip_id", "rep"])


def study_people(table: pd.DataFrame) -> pd.DataFrame:
    """Reps of the people who may train a model."""
    return table[table["split"] == "study"]


def is_headline(table: pd.DataFrame) -> pd.Series:
    """Lying both-leg raises seen from the side or nearly so."""
    return (table["exercise"] == "both_leg_raise") & table["view"].isin(SIDE_VIEWS)


def methods(simulated: pd.DataFrame) -> dict[str, Learned]:
    """Every method that learns from people: its features, its simulated reps, its candidates.

    Those named `both, KIND` are the shipped features and training set with another kind of model.
    """
    extra = (simulated[MODEL_FEATURES], simulated["arched"].to_numpy(bool))
    others = {kind: models for kind, models in families().items() if kind != "logistic regression"}
    return {
        "majority": (LEG_FEATURES, None, _MAJORITY),
        LEGS_ONLY: (LEG_FEATURES, None, _LOGISTIC),
        "one landmark threshold": (LANDMARK_FEATURES, None, _STUMP),
        "landmarks only": (LANDMARK_FEATURES, None, _LOGISTIC),
        "silhouette only": (SILHOUETTE_FEATURES, None, _LOGISTIC),
        "all cues, real": (RAW_FEATURES, None, _LOGISTIC),
        "real": (PEOPLE_FEATURES, None, _LOGISTIC),
        SHIPPED: (MODEL_FEATURES, extra, _LOGISTIC),
        "legs and back": ([*LEG_FEATURES, *MODEL_FEATURES], None, _LOGISTIC),
        **{
            f"{SHIPPED}, {kind}": (MODEL_FEATURES, extra, models) for kind, models in others.items()
        },
    }


def compare(real: pd.DataFrame, simulated: pd.DataFrame) -> pd.DataFrame:
    """Predictions of every method for people whom it has not seen, stacked: a row a rep and method.

    People of the study are left out in turn; people of the test are judged by what all people of
    the study taught. `real` is as `judgeable` gives it, `simulated` as `simulated_features` does.
    """
    study, test = study_people(real), real[real["split"] == "test"]
    parts = {name: _learned(study, test, *how) for name, how in methods(simulated).items()}
    parts["simulated"] = said(fit_simulated(simulated), real[MODEL_FEATURES], 0)
    parts["tilt estimate"] = one_cue(real, "tilt_over_flat_deg", ARCHED_TILT_DEG)
    parts["gap rule"] = one_cue(real, "gap_rise_norm", load_params().back.gap_rise_norm)
    return pd.concat(
        [real[ABOUT].join(found).assign(method=name) for name, found in parts.items()],
        ignore_index=True,
    )


def _learned(
    study: pd.DataFrame,
    test: pd.DataFrame,
    columns: list[str],
    extra: tuple[pd.DataFrame, Flags] | None,
    models: dict[str, Pipeline],
) -> pd.DataFrame:
    arched, person = study["arched"].to_numpy(bool), study["person_id"]
    left_out = out_of_fold(study[columns], arched, person, extra, models)
    if test.empty:
        return left_out
    fixed = fit_selected(study[columns], arched, person, extra, models)
    return pd.concat([left_out, said(fixed, test[columns], -1)])


def fit_simulated(simulated: pd.DataFrame) -> Fitted:
    """Choose and fit on simulated bodies alone."""
    return fit_selected(
        simulated[MODEL_FEATURES],
        simulated["arched"].to_numpy(bool),
        simulated["person_id"],
        models=_LOGISTIC,
    )


def one_cue(real: pd.DataFrame, name: str, threshold: float) -> pd.DataFrame:
    """Score of an untrained rule: one cue and a threshold that was not fitted to people.

    The cue is put on a scale from 0 to 1 with the threshold at 0.5.
    """
    p = expit((real[name].fillna(0.0) - threshold) / threshold)
    return pd.DataFrame(
        {"p_arched": p, "threshold": 0.5, "unsure_from": 0.5, "unsure_to": 0.5, "model": name}
        | {"fold_idx": 0},
        index=real.index,
    )


def comparison_figures(predictions: pd.DataFrame, n_draws: int = N_DRAWS) -> dict[str, Any]:
    """Figures of every method on the headline reps and on all, and what the shipped one adds."""
    study, test = study_people(predictions), predictions[predictions["split"] == "test"]
    scopes = {"headline": study[is_headline(study)], "all": study}
    if len(test):
        scopes |= {"test": test, "test_headline": test[is_headline(test)]}
    figures: dict[str, Any] = {name: _scope(rows, n_draws) for name, rows in scopes.items()}
    shipped = study[study["method"] == SHIPPED]
    figures["slices"] = slices(shipped, n_draws)
    figures["calibration"] = calibration_table(shipped).round(4).to_dict("records")
    figures["risk_coverage"] = risk_coverage(shipped).round(4).to_dict("records")
    figures["models_chosen"] = shipped.groupby("fold_idx")["model"].first().to_dict()
    figures["onset"] = onset_figures(shipped, n_draws)
    return figures


def _scope(rows: pd.DataFrame, n_draws: int) -> dict[str, Any]:
    by_method = {str(name): table for name, table in rows.groupby("method", sort=False)}
    shipped, legs = by_method[SHIPPED], by_method[LEGS_ONLY]
    over = {"legs_only": legs, "gap_rule": by_method["gap rule"]}
    return {
        "methods": {name: summary(table, n_draws) for name, table in by_method.items()},
        **{f"auc_over_{k}": difference(shipped, t, auc, n_draws) for k, t in over.items()},
        "auc_within_over_legs_only": difference(shipped, legs, auc_within, n_draws),
        "legs_and_back_over_legs": difference(by_method["legs and back"], legs, auc, n_draws),
        "permutation_p": round(permutation_p(shipped, auc, n_draws), 4),
        "permutation_p_within": round(permutation_p(shipped, auc_within, n_draws), 4),
        "gates": gate_figures(shipped, n_draws),
    }


def gate_figures(table: pd.DataFrame, n_draws: int) -> dict[str, Any]:
    """Figures of the reps that each way of saying "can't tell" leaves, and how many it leaves."""
    view = load_params().view
    seen = (table["off_axis_deg"] <= view.max_off_axis_deg) & (
        table["trunk_px"] >= view.min_trunk_px
    )
    sure = ~table["p_arched"].between(table["unsure_from"], table["unsure_to"], inclusive="left")
    gates = {
        "none": seen | True,
        "view": seen,
        "view and bare waist": seen & (table["arm_cover_frac"] <= view.max_arm_cover_frac),
        "view and sure": seen & sure,
    }
    return {name: _kept(table, keep, n_draws) for name, keep in gates.items()}


def _kept(table: pd.DataFrame, keep: pd.Series, n_draws: int) -> dict[str, Any]:
    share = {"coverage_frac": round(float(keep.mean()), 4)} if len(table) else {}
    return {**share, **summary(table[keep], n_draws)}


def onset_figures(table: pd.DataFrame, n_draws: int) -> dict[str, Any]:
    """Error of the leg angle at which the back lifts, against the raters' median.

    Of the arched reps only. `usual` is the guess of somebody who sees nothing: the median onset of
    the other people.
    """
    known = table[table["arched"] & table["rated_onset_deg"].notna()]
    usual = [
        known.loc[known["person_id"] != person, "rated_onset_deg"].median()
        for person in known["person_id"]
    ]
    guesses = {"model": known["lift_deg"], "gap rule": known["back_lift_angle_deg"], "usual": usual}
    return {name: _onset(known.assign(guess=guess), n_draws) for name, guess in guesses.items()}


def _onset(known: pd.DataFrame, n_draws: int) -> dict[str, Any]:
    answered = known[known["guess"].notna()]
    error = (answered["guess"] - answered["rated_onset_deg"]).to_numpy(float)
    weights = person_weights(answered["person_id"], n_draws) if len(answered) else np.ones((1, 0))
    spread = np.array([_weighted_median(np.abs(error), w) for w in weights])
    return {
        "n_reps": len(known),
        "n_people": int(answered["person_id"].nunique()),
        "n_answered": len(answered),
        "bias_deg": round(float(np.median(error)), 1) if len(error) else None,
        "median_error_deg": rounded(
            float(np.median(np.abs(error))) if len(error) else np.nan, *between(spread)
        ),
        "within_10_deg_frac": round(float((np.abs(error) <= 10).mean()), 3) if len(error) else None,
    }


def _weighted_median(values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]) -> float:
    repeated = np.repeat(values, weights.astype(int))
    return float(np.median(repeated)) if len(repeated) else float("nan")


def slices(table: pd.DataFrame, n_draws: int) -> list[dict[str, Any]]:
    """Figures by view, clothing, arms and exercise, with the numbers that they stand on."""
    rows = []
    for column in ("view", "clothing", "arms", "exercise"):
        for level, part in table.groupby(column, sort=True):
            figures = {
                name: with_interval(part, FIGURES[name], n_draws)
                for name in ("auc", "balanced_accuracy")
            }
            rows.append({"slice": column, "value": level, **counts(part), **figures})
    return rows


def rater_figures(
    ratings: pd.DataFrame, reps: pd.DataFrame, n_draws: int = N_DRAWS
) -> dict[str, Any]:
    """Each rater against the others, as a model is measured: on reps where the others agree.

    Parameters
    ----------
    ratings
        First-pass ratings with `clip_id`, `rep`, `rater`, `label`.
    reps
        `clip_id`, `rep`, `person_id`, `exercise`.
    """
    wide = ratings.pivot_table(
        index=["clip_id", "rep"], columns="rater", values="label", aggfunc="first"
    ).reset_index()
    wide = wide.merge(reps, on=["clip_id", "rep"])
    raters = [name for name in wide.columns if name in set(ratings["rater"])]
    return {name: _rater(wide, name, [r for r in raters if r != name], n_draws) for name in raters}


def _rater(wide: pd.DataFrame, name: str, others: list[str], n_draws: int) -> dict[str, Any]:
    alike = wide[others].eq(wide[others[0]], axis=0).all(axis=1)
    decided = alike & wide[others[0]].isin(["good", "arched"])
    known = wide[decided & wide[name].notna()]
    told = known[known[name] != "cant_tell"]
    table = told.assign(
        arched=told[others[0]] == "arched", p_arched=(told[name] == "arched") * 1.0, threshold=0.5
    )
    names = ("balanced_accuracy", "sensitivity", "specificity", "auc_within_exercise")
    return {
        **counts(table),
        "coverage_frac": round(len(told) / len(known), 4) if len(known) else None,
        **{key: with_interval(table, FIGURES[key], n_draws) for key in names},
    }
