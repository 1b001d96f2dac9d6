import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from leglift.study.model import best_threshold, fit_selected, out_of_fold, person_folds, with_scale

ONE = {"logistic regression": with_scale(LogisticRegression(C=0.1, class_weight="balanced"))}


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


def test_the_threshold_lies_between_the_classes():
    arched = np.array([False, False, True, True])
    assert 0.2 < best_threshold(arched, np.array([0.1, 0.2, 0.7, 0.9])) < 0.7
