"""Learning to tell arched reps from good ones: candidates, selection, calibration.

Everything is scikit-learn's. People are never split: selection and calibration run over folds of
people inside the training people. Simulated reps may be added to the training side of any fold,
never to the side that is measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import clone
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from leglift.motion.moments import CHANGE_COLUMNS
from leglift.motion.trained import calibrated, scores

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SEED = 20
N_SPLITS = 10
INNER_SPLITS = 4
THRESHOLD = 0.5
"""Probability from which a rep is arched; both kinds count alike."""
UNSURE_FRAC = 0.15
"""Share of the training people's reps, closest to the threshold, about which nothing is said."""


def tilt_regressor() -> HistGradientBoostingRegressor:
    """Pelvic tilt of a moment (degrees against a flat back), to be fitted on simulated bodies."""
    return HistGradientBoostingRegressor(
        max_iter=150, learning_rate=0.08, max_leaf_nodes=24, min_samples_leaf=60,
        l2_regularization=5.0, max_features=0.3, random_state=SEED,
    )  # fmt: skip


def fit_tilt(moments: pd.DataFrame) -> HistGradientBoostingRegressor:
    """Fit the tilt regressor on moments of simulated bodies (`true_pelvic_tilt_deg`)."""
    return tilt_regressor().fit(moments[CHANGE_COLUMNS], moments["true_pelvic_tilt_deg"])


def tilt_out_of_body(moments: pd.DataFrame, body: pd.Series, n_splits: int = 5) -> Floats:
    """Tilt estimates (n,) of moments from regressors that never saw the same body."""
    estimate = np.full(len(moments), np.nan)
    for train, test in GroupKFold(n_splits).split(moments, groups=body):
        fitted = fit_tilt(moments.iloc[train])
        estimate[test] = fitted.predict(moments.iloc[test][CHANGE_COLUMNS])
    return estimate


def with_scale(classifier: Any) -> Pipeline:
    """Impute medians, scale, classify."""
    impute = SimpleImputer(strategy="median", keep_empty_features=True)
    return make_pipeline(impute, StandardScaler(), classifier)


def candidates() -> dict[str, Pipeline]:
    """Models that compete; the reps' weights make both classes count alike in each."""
    forest = RandomForestClassifier(
        150, min_samples_leaf=5, max_features=0.5, random_state=SEED, n_jobs=1
    )
    boosting = HistGradientBoostingClassifier(
        max_iter=40, learning_rate=0.08, max_leaf_nodes=4, min_samples_leaf=12, random_state=SEED
    )
    return {
        **{
            f"logistic regression, C={c}": with_scale(LogisticRegression(C=c, max_iter=5000))
            for c in (0.003, 0.03, 0.3)
        },
        **{f"support vectors, C={c}": with_scale(SVC(C=c)) for c in (0.3, 3.0)},
        "gradient boosting": with_scale(boosting),
        "random forest": with_scale(forest),
    }


def families() -> dict[str, dict[str, Pipeline]]:
    """`candidates` by kind of model, each kind with its own settings to choose from."""
    kinds: dict[str, dict[str, Pipeline]] = {}
    for name, model in candidates().items():
        kinds.setdefault(name.split(",")[0], {})[name] = model
    return kinds


@dataclass(frozen=True)
class Fitted:
    """A chosen, fitted and calibrated model.

    Probabilities are those of a world in which arched and good reps are equally frequent: how
    frequent they are among strangers is not known, and a share taken from the training people
    would run against that of the people left out. `unsure` are the probabilities about `THRESHOLD`
    for which the honest answer is "can't tell". It and the calibration come from people inside the
    training side who were left out in turn.
    """

    name: str
    classifier: Pipeline
    calibration: LogisticRegression
    unsure: tuple[float, float]

    def p_arched(self, features: pd.DataFrame) -> Floats:
        """Calibrated probability (n,) of an arched rep."""
        return calibrated(self.calibration, scores(self.classifier, features))


def person_folds(
    arched: Flags, person: pd.Series, n_splits: int
) -> Iterator[tuple[npt.NDArray[np.int_], npt.NDArray[np.int_]]]:
    """Folds over people with the arched reps spread as evenly as people allow."""
    folds = StratifiedGroupKFold(n_splits, shuffle=True, random_state=SEED)
    yield from folds.split(np.zeros(len(arched)), arched, person)


def rep_weights(arched: Flags, person: pd.Series) -> Floats:
    """Weights (n,) with mean 1: both classes count alike, and within a class all its people."""
    names = person.to_numpy()
    weights = np.zeros(len(arched))
    for side in (True, False):
        rows = np.flatnonzero(arched == side)
        if len(rows):
            own = pd.Series(names[rows])
            share = 1.0 / own.map(own.value_counts()).to_numpy(float)
            weights[rows] = share / share.sum()
    return np.asarray(weights * len(arched) / weights.sum())


def fit_selected(
    features: pd.DataFrame,
    arched: Flags,
    person: pd.Series,
    extra: tuple[pd.DataFrame, Flags] | None = None,
    models: dict[str, Pipeline] | None = None,
) -> Fitted:
    """Choose, fit and calibrate a model.

    Parameters
    ----------
    features, arched, person
        The reps on which candidates are compared and calibrated, by left-out people.
    extra
        Reps that are added to every training side (simulated ones), weighed so that they count as
        much as the real ones.
    models
        Candidates; those of `candidates` if not given.
    """
    models = models or candidates()
    weights = rep_weights(arched, person)
    left_out = {
        name: _left_out_scores(model, features, arched, person, extra)
        for name, model in models.items()
    }
    name = max(
        left_out, key=lambda key: roc_auc_score(arched, left_out[key], sample_weight=weights)
    )
    classifier = _fit(models[name], features, arched, person, extra)
    calibration = LogisticRegression(C=1.0).fit(left_out[name][:, None], arched, weights)
    return Fitted(
        name, classifier, calibration, unsure_band(calibrated(calibration, left_out[name]))
    )


def unsure_band(p: Floats) -> tuple[float, float]:
    """Probabilities about `THRESHOLD` that hold `UNSURE_FRAC` of the reps."""
    half = float(np.quantile(np.abs(p - THRESHOLD), UNSURE_FRAC))
    return THRESHOLD - half, THRESHOLD + half


def _left_out_scores(
    model: Pipeline,
    features: pd.DataFrame,
    arched: Flags,
    person: pd.Series,
    extra: tuple[pd.DataFrame, Flags] | None,
) -> Floats:
    out = np.full(len(features), np.nan)
    for train, test in person_folds(arched, person, INNER_SPLITS):
        fitted = _fit(model, features.iloc[train], arched[train], person.iloc[train], extra)
        out[test] = scores(fitted, features.iloc[test])
    return out


def _fit(
    model: Pipeline,
    features: pd.DataFrame,
    arched: Flags,
    person: pd.Series,
    extra: tuple[pd.DataFrame, Flags] | None,
) -> Pipeline:
    weights = rep_weights(arched, person)
    if extra is not None:
        more = np.full(len(extra[0]), len(features) / len(extra[0]))
        features = pd.concat([features, extra[0][features.columns]], ignore_index=True)
        arched, weights = np.concatenate([arched, extra[1]]), np.concatenate([weights, more])
    last = model.steps[-1][0]
    with threadpool_limits(1):
        return clone(model).fit(features, arched, **{f"{last}__sample_weight": weights})


def out_of_fold(
    features: pd.DataFrame,
    arched: Flags,
    person: pd.Series,
    extra: tuple[pd.DataFrame, Flags] | None = None,
    models: dict[str, Pipeline] | None = None,
    n_splits: int = N_SPLITS,
) -> pd.DataFrame:
    """Predictions for people who were in no part of the training (nested selection).

    Returns a table indexed like `features` with `p_arched`, `threshold`, `unsure_from`,
    `unsure_to`, `model` and `fold_idx`.
    """
    parts = []
    for fold, (train, test) in enumerate(person_folds(arched, person, n_splits)):
        chosen = fit_selected(
            features.iloc[train], arched[train], person.iloc[train], extra, models
        )
        parts.append(said(chosen, features.iloc[test], fold))
    return pd.concat(parts).loc[features.index]


def said(chosen: Fitted, features: pd.DataFrame, fold: int) -> pd.DataFrame:
    """Ask a fitted model about reps and add the limits that it was given in training."""
    return pd.DataFrame(
        {
            "p_arched": chosen.p_arched(features),
            "threshold": THRESHOLD,
            "unsure_from": chosen.unsure[0],
            "unsure_to": chosen.unsure[1],
            "model": chosen.name,
            "fold_idx": fold,
        },
        index=features.index,
    )
