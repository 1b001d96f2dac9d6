import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    roc_auc_score,
    roc_curve,
)

from leglift.study.evidence import (
    MAX_FALSE_ALARMS,
    auc,
    auc_within,
    average_precision,
    balanced_accuracy,
    brier,
    calibration_table,
    difference,
    permutation_p,
    person_weights,
    risk_coverage,
    scored,
    sensitivity_at_few_alarms,
    summary,
    value,
    with_interval,
)


def predictions(signal: float, n_people: int = 12, per_person: int = 5) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    person = np.repeat([f"p{i:02d}" for i in range(n_people)], per_person)
    arched = np.tile([True, False, True, False, False], n_people)
    p = np.clip(0.5 + signal * (arched - 0.5) + rng.normal(0, 0.1, len(arched)), 0, 1)
    return pd.DataFrame({"person_id": person, "arched": arched, "p_arched": p, "threshold": 0.5})


def test_a_perfect_score_is_perfect_everywhere():
    table = predictions(5.0)
    said = summary(table, n_draws=50)
    assert said["auc"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert said["sensitivity_at_5pct_false_alarms"]["value"] == 1.0
    assert (said["n_reps"], said["n_people"], said["n_arched"]) == (60, 12, 24)
    # Everybody has the same run of labels: shuffling people changes nothing.
    assert permutation_p(table, auc, 20) == 1.0


def test_no_signal_has_an_interval_around_a_half():
    table = predictions(0.0)
    said = with_interval(table, auc, 200)
    assert said["low"] < 0.5 < said["high"]


def test_draws_keep_people_whole():
    table = predictions(1.0, n_people=4)
    weights = person_weights(table["person_id"], 20)
    assert (weights.reshape(20, 4, 5) == weights[:, ::5][:, :, None]).all()
    assert (weights.sum(axis=1) == len(table)).all()


@pytest.mark.parametrize("rounding", [1, 6])
def test_a_draw_is_the_figure_of_the_reps_repeated(rounding):
    """Each figure with weights is scikit-learn's of the rows repeated, ties included."""
    table = predictions(0.2).round({"p_arched": rounding})
    weights = person_weights(table["person_id"], 25)
    theirs = {auc: roc_auc_score, average_precision: average_precision_score}
    for draw in weights:
        rows = table.loc[np.repeat(table.index, draw.astype(int))]
        for ours, score in theirs.items():
            got = ours(scored(table), draw[None])[0]
            assert got == pytest.approx(score(rows["arched"], rows["p_arched"]))
        alarms, found, _ = roc_curve(rows["arched"], rows["p_arched"], drop_intermediate=False)
        few = sensitivity_at_few_alarms(scored(table), draw[None])[0]
        assert few == pytest.approx(found[alarms <= MAX_FALSE_ALARMS].max())
        called = rows["p_arched"] >= rows["threshold"]
        right = balanced_accuracy(scored(table), draw[None])[0]
        assert right == pytest.approx(balanced_accuracy_score(rows["arched"], called))


def test_a_difference_between_exercises_counts_for_nothing_within_them():
    table = predictions(0.0).assign(exercise=lambda t: np.where(t["person_id"] < "p06", "a", "b"))
    table["arched"] = table["exercise"] == "a"
    table.loc[table.index[::5], "arched"] ^= True
    table["p_arched"] = np.where(table["exercise"] == "a", 0.9, 0.1)
    assert value(table, auc) == pytest.approx(0.8)
    assert value(table, auc_within) == 0.5


def test_knowing_nothing_has_a_brier_score_of_a_quarter():
    assert value(predictions(1.0).assign(p_arched=0.5), brier) == 0.25


def test_few_alarms_means_few_alarms():
    table = pd.DataFrame(
        {"arched": [True] * 4 + [False] * 20, "p_arched": [0.9, 0.9, 0.4, 0.4] + [0.5] + [0.1] * 19}
    ).assign(threshold=0.5)
    assert value(table, sensitivity_at_few_alarms) == 1.0  # one alarm in twenty is 5 %
    table.loc[5, "p_arched"] = 0.5
    assert value(table, sensitivity_at_few_alarms) == 0.5


def test_figures_of_one_class_are_unknown():
    table = predictions(1.0)
    assert np.isnan(value(table[table["arched"]], auc))
    assert np.isnan(value(table[table["arched"]], balanced_accuracy))


def test_a_better_method_has_a_positive_difference():
    said = difference(predictions(5.0), predictions(0.0), n_draws=100)
    assert said["value"] > 0.3
    assert said["low"] > 0


def test_shuffling_people_breaks_a_signal_between_people():
    table = predictions(0.0)
    strong = table.assign(arched=table["person_id"] < "p06")
    strong["p_arched"] = np.where(strong["arched"], 0.9, 0.1)
    assert permutation_p(strong, auc, 400) < 0.02


def test_risk_grows_with_coverage_when_the_sure_are_right():
    table = predictions(1.0)
    said = risk_coverage(table)
    assert said["coverage_frac"].iloc[-1] == 1.0
    assert said["risk_frac"].iloc[len(said) // 3] <= said["risk_frac"].iloc[-1]


def test_calibration_bins_hold_everybody():
    assert calibration_table(predictions(1.0))["n"].sum() == pytest.approx(60)
