"""What the shipped kind of model goes by, what more people would bring, and what crosses over.

The stage `explain`: all that needs training besides the comparison itself, so that notebooks and
the report only read.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.motion.trained import load_back
from leglift.params import load_params
from leglift.study.comparison import SHIPPED, judgeable, study_people
from leglift.study.consensus import first_pass
from leglift.study.evidence import (
    N_DRAWS,
    auc,
    between,
    person_weights,
    rounded,
    scored,
    value,
    with_interval,
)
from leglift.study.failures import verdict_table
from leglift.study.features import MODEL_FEATURES, PEOPLE_FEATURES
from leglift.study.labels import match_labels, read_labels
from leglift.study.model import (
    N_SPLITS,
    Fitted,
    families,
    fit_selected,
    out_of_fold,
    person_folds,
    said,
)
from leglift.study.results import labelled_moments
from leglift.study.training import read_consensus

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Extra = tuple[pd.DataFrame, Flags] | None

SEED = 20
SHUFFLES = 20
CURVE_SPLITS = 5
CURVE_DRAWS = 6
LEAST_PEOPLE = 8
_LOGISTIC = families()["logistic regression"]


def as_extra(simulated: pd.DataFrame) -> tuple[pd.DataFrame, Flags]:
    """Give simulated reps the form in which they are added to a training side."""
    return simulated[MODEL_FEATURES], simulated["arched"].to_numpy(bool)


def importance(
    real: pd.DataFrame, simulated: pd.DataFrame, n_draws: int = N_DRAWS
) -> list[dict[str, Any]]:
    """How far the AUC on left-out people falls when one cue's values change places among reps.

    Returns `feature` and `auc_drop` as `value`, `low`, `high` (over people, shuffles averaged).
    """
    arched, person = real["arched"].to_numpy(bool), real["person_id"]
    features = real[MODEL_FEATURES]
    fitted = [
        (fit_selected(features.iloc[train], arched[train], person.iloc[train], as_extra(simulated),
                      _LOGISTIC), test)
        for train, test in person_folds(arched, person, N_SPLITS)
    ]  # fmt: skip
    weights = np.concatenate([np.ones((1, len(real))), person_weights(person, n_draws)])
    whole = _aucs(real, _predicted(fitted, features), weights)
    rng = np.random.default_rng(SEED)
    rows = []
    for name in MODEL_FEATURES:
        shuffled = [
            features.assign(**{name: rng.permutation(features[name].to_numpy())})
            for _ in range(SHUFFLES)
        ]
        drops = whole - np.mean(
            [_aucs(real, _predicted(fitted, table), weights) for table in shuffled], axis=0
        )
        rows.append({"feature": name, "auc_drop": rounded(drops[0], *between(drops[1:]))})
    return rows


def _predicted(fitted: list[tuple[Fitted, npt.NDArray[np.int_]]], features: pd.DataFrame) -> Floats:
    p = np.full(len(features), np.nan)
    for model, test in fitted:
        p[test] = model.p_arched(features.iloc[test])
    return p


def _aucs(real: pd.DataFrame, p: Floats, weights: Floats) -> Floats:
    return auc(scored(real[["arched"]].assign(p_arched=p, threshold=0.5)), weights)


def learning_curve(
    real: pd.DataFrame, simulated: pd.DataFrame, n_draws: int = CURVE_DRAWS
) -> list[dict[str, Any]]:
    """AUC on left-out people by how many people there were to learn from.

    In every fold some of the training people are drawn at random, so that all sizes are measured
    on the same left-out people. With all of them there is nothing to draw.

    Returns `trained_on` (`people`, or `people and simulated`), `n_people`, the mean `auc` over the
    draws and its `low` and `high` (the least and the most of them).
    """
    most = round((1 - 1 / CURVE_SPLITS) * real["person_id"].nunique())
    sizes = np.unique(np.linspace(LEAST_PEOPLE, most, 5).round().astype(int))
    rows = []
    for name, columns, extra in (
        ("people", PEOPLE_FEATURES, None),
        ("people and simulated", MODEL_FEATURES, as_extra(simulated)),
    ):
        for size in sizes:
            draws = range(1 if size == most else n_draws)
            found = [_curve_auc(real, columns, extra, int(size), draw) for draw in draws]
            rows.append(
                {"trained_on": name, "n_people": int(size),
                 "auc": round(float(np.mean(found)), 4), "low": round(min(found), 4),
                 "high": round(max(found), 4), "n_draws": len(found)}
            )  # fmt: skip
    return rows


def _curve_auc(real: pd.DataFrame, columns: list[str], extra: Extra, size: int, draw: int) -> float:
    arched, person = real["arched"].to_numpy(bool), real["person_id"]
    rng = np.random.default_rng([SEED, size, draw])
    p = np.full(len(real), np.nan)
    for train, test in person_folds(arched, person, CURVE_SPLITS):
        some = train[np.isin(person.iloc[train], drawn_people(real.iloc[train], size, rng))]
        model = fit_selected(
            real.iloc[some][columns], arched[some], person.iloc[some], extra, _LOGISTIC
        )
        p[test] = model.p_arched(real.iloc[test][columns])
    return value(real[["arched"]].assign(p_arched=p, threshold=0.5), auc)


def drawn_people(
    train: pd.DataFrame, size: int, rng: np.random.Generator
) -> npt.NDArray[np.object_]:
    """Draw `size` people, among them as large a share of those who ever arched as there is.

    At least half of `size` with either kind, if there are so many, so that folds hold both.
    """
    ever = train.groupby("person_id", sort=True)["arched"].any()
    arching, others = ever.index[ever].to_numpy(object), ever.index[~ever].to_numpy(object)
    n_arching = min(round(size * float(ever.mean())), len(arching))
    n_others = min(size - n_arching, len(others))
    parts = [rng.choice(arching, n_arching, replace=False),
             rng.choice(others, n_others, replace=False)]  # fmt: skip
    return np.concatenate(parts)


def transfer(
    real: pd.DataFrame, simulated: pd.DataFrame, n_draws: int = N_DRAWS
) -> list[dict[str, Any]]:
    """AUC of models on simulated bodies: of those trained on other ones, and on people alone.

    The other way round stands in `reports/metrics.json` (methods `simulated` and `real`).
    """
    truth = simulated[["person_id", "arched"]]
    arched = truth["arched"].to_numpy(bool)
    own = out_of_fold(simulated[MODEL_FEATURES], arched, simulated["person_id"],
                      models=_LOGISTIC, n_splits=CURVE_SPLITS)  # fmt: skip
    people = fit_selected(
        real[PEOPLE_FEATURES], real["arched"].to_numpy(bool), real["person_id"], models=_LOGISTIC
    )
    other = said(people, simulated[PEOPLE_FEATURES], 0)
    return [
        {"trained_on": name, "tested_on": "simulated bodies", "n_reps": len(truth),
         "n_bodies": int(truth["person_id"].nunique()),
         "auc": with_interval(truth.join(found), auc, n_draws)}
        for name, found in (("simulated bodies", own), ("people", other))
    ]  # fmt: skip


def run_explain(data: Path, models: Path, reports: Path) -> int:
    """Write `explain.json` and `verdicts.csv` into `reports`; returns the exit code."""
    features = pd.read_parquet(data / "features.parquet")
    simulated = pd.read_parquet(data / "synthetic" / "train_features.parquet")
    agreed = read_consensus(data, features)
    real = judgeable(features, agreed)
    real = study_people(real).reset_index(drop=True)
    found = {
        "importance": importance(real, simulated),
        "learning_curve": learning_curve(real, simulated),
        "transfer": transfer(real, simulated),
    }
    write_text(json.dumps(found, indent=1) + "\n", reports / "explain.json")
    table = _verdicts(data, models, features, agreed)
    write_text(table.to_csv(index=False, float_format="%.5g"), reports / "verdicts.csv")
    sys.stdout.write(table["outcome"].value_counts().to_string() + "\n")
    return 0


def _verdicts(
    data: Path, models: Path, features: pd.DataFrame, agreed: pd.DataFrame
) -> pd.DataFrame:
    predictions = pd.read_parquet(data / "predictions.parquet")
    shipped = predictions[predictions["method"] == SHIPPED]
    moments = labelled_moments(
        pd.read_parquet(data / "moments.parquet"), shipped, load_back(models / "leglift.skops")
    )
    ratings = first_pass(match_labels(features, read_labels(data / "labels.csv")))
    return verdict_table(shipped, features, agreed, ratings, moments, load_params())


def write_text(text: str, path: Path) -> None:
    """Write a text whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
