import numpy as np
import pandas as pd
import pytest

from leglift.study.evidence import (
    auc,
    balanced_accuracy,
    calibration_table,
    difference,
    interval,
    permutation_p,
    person_draws,
    risk_coverage,
    sensitivity_at_few_alarms,
    summary,
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
    assert permutation_p(table, 200) <= 1.0


def test_no_signal_has_an_interval_around_a_half():
    table = predictions(0.0)
    low, high = interval(table, auc, 200)
    assert low < 0.5 < high


def test_draws_keep_people_whole():
    table = predictions(1.0, n_people=4)
    for rows in person_draws(table["person_id"], 20):
        counts = table.iloc[rows]["person_id"].value_counts()
        assert (counts % 5 == 0).all()
        assert len(rows) == len(table)


def test_few_alarms_means_few_alarms():
    table = pd.DataFrame(
        {"arched": [True] * 4 + [False] * 20, "p_arched": [0.9, 0.9, 0.4, 0.4] + [0.5] + [0.1] * 19}
    )
    assert sensitivity_at_few_alarms(table) == 1.0  # one alarm in twenty is 5 %
    table.loc[5, "p_arched"] = 0.5
    assert sensitivity_at_few_alarms(table) == 0.5


def test_figures_of_one_class_are_unknown():
    table = predictions(1.0)
    assert np.isnan(auc(table[table["arched"]]))
    assert np.isnan(balanced_accuracy(table[table["arched"]]))


def test_a_better_method_has_a_positive_difference():
    said = difference(predictions(5.0), predictions(0.0), n_draws=100)
    assert said["value"] > 0.3
    assert said["low"] > 0


def test_shuffling_people_breaks_a_signal_between_people():
    table = predictions(0.0)
    strong = table.assign(arched=table["person_id"] < "p06")
    strong["p_arched"] = np.where(strong["arched"], 0.9, 0.1)
    assert permutation_p(strong, 400) < 0.02


def test_risk_grows_with_coverage_when_the_sure_are_right():
    table = predictions(1.0)
    said = risk_coverage(table)
    assert said["coverage_frac"].iloc[-1] == 1.0
    assert said["risk_frac"].iloc[len(said) // 3] <= said["risk_frac"].iloc[-1]


def test_calibration_bins_hold_everybody():
    assert calibration_table(predictions(1.0))["n"].sum() == pytest.approx(60)
