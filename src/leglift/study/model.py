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
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from leglift.motion.moments import MOMENT_COLUMNS
from leglift.motion.trained import calibrated, scores

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SEED = 20
INNER_SPLITS = 4


def tilt_regressor() -> HistGradientBoostingRegressor:
    """Pelvic tilt of a moment (degrees against a flat back), to be fitted on simulated bodies."""
    return HistGradientBoostingRegressor(
        max_iter=150, learning_rate=0.08, max_leaf_nodes=24, min_samples_leaf=60,
        l2_regularization=5.0, max_features=0.3, random_state=SEED,
    )  # fmt: skip


def fit_tilt(moments: pd.DataFrame) -> HistGradientBoostingRegressor:
    """Fit the tilt regressor on moments of simulated bodies (`true_pelvic_tilt_deg`)."""
    return tilt_regressor().fit(moments[MOMENT_COLUMNS], moments["true_pelvic_tilt_deg"])


def tilt_out_of_body(moments: pd.DataFrame, body: pd.Series, n_splits: int = 5) -> Floats:
    """Tilt estimates (n,) of moments from regressors that never saw the same body."""
    estimate = np.full(len(moments), np.nan)
    for train, test in GroupKFold(n_splits).split(moments, groups=body):
        fitted = fit_tilt(moments.iloc[train])
        estimate[test] = fitted.predict(moments.iloc[test][MOMENT_COLUMNS])
    return estimate


def with_scale(classifier: Any) -> Pipeline:
    """Impute medians, scale, classify."""
    impute = SimpleImputer(strategy="median", keep_empty_features=True)
    return make_pipeline(impute, StandardScaler(), classifier)


def candidates() -> dict[str, Pipeline]:
    """Models that compete; classes are weighed alike in each."""
    balanced = {"class_weight": "balanced"}
    forest = RandomForestClassifier(
        150, min_samples_leaf=3, max_features=0.3, random_state=SEED, **balanced
    )
    boosting = HistGradientBoostingClassifier(
        max_iter=60, learning_rate=0.08, max_leaf_nodes=8, min_samples_leaf=8,
        random_state=SEED, **balanced,
    )  # fmt: skip
    return {
        **{
            f"logistic regression, C={c}": with_scale(
                LogisticRegression(C=c, max_iter=5000, **balanced)
            )
            for c in (0.003, 0.03, 0.3)
        },
        **{f"support vectors, C={c}": with_scale(SVC(C=c, **balanced)) for c in (0.3, 3.0)},
        "gradient boosting": with_scale(boosting),
        "random forest": with_scale(forest),
    }


@dataclass(frozen=True)
class Fitted:
    """A chosen, fitted and calibrated model.

    `threshold` is the probability from which a rep is arched; it and the calibration come from
    people inside the training side who were left out in turn.
    """

    name: str
    classifier: Pipeline
    calibration: LogisticRegression
    threshold: float

    def p_arched(self, features: pd.DataFrame) -> Floats:
        """Calibrated probability (n,) of an arched rep."""
        return calibrated(self.calibration, scores(self.classifier, features))


def person_folds(
    arched: Flags, person: pd.Series, n_splits: int
) -> Iterator[tuple[npt.NDArray[np.int_], npt.NDArray[np.int_]]]:
    """Folds over people with the arched reps spread as evenly as people allow."""
    folds = StratifiedGroupKFold(n_splits, shuffle=True, random_state=SEED)
    yield from folds.split(np.zeros(len(arched)), arched, person)


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
        Reps that are added to every training side (simulated ones). Real reps are repeated so that
        both count alike.
    models
        Candidates; those of `candidates` if not given.
    """
    models = models or candidates()
    left_out = {
        name: _left_out_scores(model, features, arched, person, extra)
        for name, model in models.items()
    }
    name = max(left_out, key=lambda key: roc_auc_score(arched, left_out[key]))
    classifier = clone(models[name]).fit(*_pooled(features, arched, extra))
    calibration = LogisticRegression(C=1.0).fit(left_out[name][:, None], arched)
    p = calibrated(calibration, left_out[name])
    return Fitted(name, classifier, calibration, best_threshold(arched, p))


def _left_out_scores(
    model: Pipeline,
    features: pd.DataFrame,
    arched: Flags,
    person: pd.Series,
    extra: tuple[pd.DataFrame, Flags] | None,
) -> Floats:
    out = np.full(len(features), np.nan)
    for train, test in person_folds(arched, person, INNER_SPLITS):
        fitted = clone(model).fit(*_pooled(features.iloc[train], arched[train], extra))
        out[test] = scores(fitted, features.iloc[test])
    return out


def _pooled(
    features: pd.DataFrame, arched: Flags, extra: tuple[pd.DataFrame, Flags] | None
) -> tuple[pd.DataFrame, Flags]:
    if extra is None:
        return features, arched
    times = max(round(len(extra[0]) / len(features)), 1)
    return (
        pd.concat([*[features] * times, extra[0][features.columns]], ignore_index=True),
        np.concatenate([np.tile(arched, times), extra[1]]),
    )


def best_threshold(arched: Flags, p: Floats) -> float:
    """Probability that parts the two classes with the highest balanced accuracy.

    Among equals the middle one, so that it does not hug a rep.
    """
    levels = np.unique(p)
    cuts = (levels[1:] + levels[:-1]) / 2 if len(levels) > 1 else levels
    balanced = np.array([balanced_accuracy_score(arched, p >= cut) for cut in cuts])
    best = np.flatnonzero(balanced >= balanced.max() - 1e-9)
    return float(cuts[best[len(best) // 2]])


def out_of_fold(
    features: pd.DataFrame,
    arched: Flags,
    person: pd.Series,
    extra: tuple[pd.DataFrame, Flags] | None = None,
    models: dict[str, Pipeline] | None = None,
    n_splits: int = 5,
) -> pd.DataFrame:
    """Predictions for people who were in no part of the training (nested selection).

    Returns a table indexed like `features` with `p_arched`, `threshold`, `model` and `fold_idx`.
    """
    parts = []
    for fold, (train, test) in enumerate(person_folds(arched, person, n_splits)):
        chosen = fit_selected(
            features.iloc[train], arched[train], person.iloc[train], extra, models
        )
        parts.append(
            pd.DataFrame(
                {
                    "p_arched": chosen.p_arched(features.iloc[test]),
                    "threshold": chosen.threshold,
                    "model": chosen.name,
                    "fold_idx": fold,
                },
                index=features.index[test],
            )
        )
    return pd.concat(parts).loc[features.index]
