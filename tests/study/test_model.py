import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from leglift.study.model import (
    THRESHOLD,
    UNSURE_FRAC,
    fit_selected,
    out_of_fold,
    person_folds,
    rep_weights,
    unsure_band,
    with_scale,
)

ONE = {"logistic regression": with_scale(LogisticRegression(C=0.1))}


def reps(signal: float, n_people: int = 20) -> tuple[pd.DataFrame, np.ndarray, pd.Series]:
    rng = np.random.default_rng(5)
    person = pd.Series(np.repeat([f"p{i:02d}" for i in range(n_people)], 4))
    arched = np.tile([True, False, False, False], n_people)
    x = signal * arched + rng.normal(0, 1, len(arched))
    own = person.astype("category").cat.codes.to_numpy(float)
    return pd.DataFrame({"x": x, "own": own}), arched, person


def test_no_person_is_on_both_sides():
    _, arched, person = reps(1.0)
    for train, test in person_folds(arched, person, 5):
        assert not set(person.iloc[train]) & set(person.iloc[test])


def test_out_of_fold_finds_a_signal_and_finds_none_where_there_is_none():
    from sklearn.metrics import roc_auc_score

    for signal, low, high in ((4.0, 0.95, 1.0), (0.0, 0.3, 0.7)):
        features, arched, person = reps(signal)
        said = out_of_fold(features, arched, person, models=ONE)
        assert low <= roc_auc_score(arched, said["p_arched"]) <= high
        assert said.index.equals(features.index)


def test_a_person_cannot_be_learned_by_heart():
    """Labels that only depend on the person give no AUC on other people."""
    from sklearn.metrics import roc_auc_score

    features, _, person = reps(0.0)
    arched = (person < "p05").to_numpy()
    said = out_of_fold(features[["x"]], arched, person, models=ONE)
    assert roc_auc_score(arched, said["p_arched"]) < 0.75


def test_simulated_reps_help_and_are_never_measured():
    features, arched, person = reps(0.0, n_people=8)
    more, truth, _ = reps(4.0, n_people=40)
    fitted = fit_selected(features, arched, person, (more, truth), ONE)
    p = fitted.p_arched(more)
    assert p[truth].mean() > p[~truth].mean()
    assert len(out_of_fold(features, arched, person, (more, truth), ONE, 4)) == len(features)


def test_classes_weigh_alike_and_people_within_them():
    arched = np.array([True, False, False, False, False])
    person = pd.Series(["a", "a", "b", "b", "b"])
    weights = rep_weights(arched, person)
    assert weights[arched].sum() == pytest.approx(weights[~arched].sum())
    assert weights[1] == pytest.approx(weights[2:].sum())
    assert weights.mean() == pytest.approx(1.0)


def test_a_share_of_the_reps_is_too_close_to_call():
    p = np.linspace(0, 1, 101)
    low, high = unsure_band(p)
    assert THRESHOLD - low == high - THRESHOLD
    assert ((p >= low) & (p <= high)).mean() == UNSURE_FRAC or abs(high - low - UNSURE_FRAC) < 0.02


def test_rare_arches_do_not_lower_the_probability():
    """Probabilities are those of equally frequent kinds, however rare arches are in training."""
    features, arched, person = reps(2.0, n_people=80)
    often = fit_selected(features[["x"]], arched, person, models=ONE)
    keep = ~arched | (np.arange(len(arched)) % 8 == 0)
    rare = fit_selected(features.loc[keep, ["x"]], arched[keep], person[keep], models=ONE)
    at = pd.DataFrame({"x": [1.0]})
    assert abs(often.p_arched(at)[0] - rare.p_arched(at)[0]) < 0.15
