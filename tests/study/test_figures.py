"""What figures of the model show is what the tables say."""

from __future__ import annotations

from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from sklearn.metrics import roc_auc_score, roc_curve

from leglift.study import figures_accuracy, figures_failures, figures_signals, plots
from leglift.study.evidence import auc, auc_within, scored, value
from leglift.study.figures_accuracy import GRID, pr_curve
from leglift.study.figures_accuracy import roc_curve as our_roc


@pytest.fixture(autouse=True)
def _themed():
    with mpl.rc_context():
        plots.theme()
        yield


def predictions(signal: float = 0.4, n_people: int = 10) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    n = 4 * n_people
    arched = np.tile([True, False, True, False], n_people)
    return pd.DataFrame(
        {
            "clip_id": [f"c{i // 4}" for i in range(n)],
            "rep": np.tile([1, 2, 3, 4], n_people),
            "person_id": [f"P{i // 4}" for i in range(n)],
            "exercise": np.tile(["raise", "raise", "kick", "kick"], n_people),
            "arched": arched,
            "label": np.where(arched, "arched", "good"),
            "p_arched": (0.5 + signal * (arched - 0.5) + rng.normal(0, 0.2, n)).clip(0, 1),
            "threshold": 0.5,
        }
    )


def words(figure: Figure) -> str:
    return "\n".join(text.get_text() for ax in figure.axes for text in ax.texts)


def test_the_roc_curve_is_the_known_one() -> None:
    table = predictions()
    ours = our_roc(scored(table), np.ones((1, len(table))))[0]
    alarms, found, _ = roc_curve(table["arched"], table["p_arched"])
    expected = [found[alarms <= x + 1e-9].max() for x in GRID]
    assert ours == pytest.approx(expected)
    trapezoids = np.trapezoid(ours, GRID)
    assert trapezoids == pytest.approx(roc_auc_score(table["arched"], table["p_arched"]), abs=0.03)


def test_curves_of_a_perfect_score() -> None:
    table = predictions(5.0)
    ones = np.ones((1, len(table)))
    assert our_roc(scored(table), ones).min() == 1
    assert pr_curve(scored(table), ones).min() == 1


def test_precision_only_falls_with_recall() -> None:
    table = predictions()
    curve = pr_curve(scored(table), np.ones((1, len(table))))[0]
    assert (np.diff(curve) <= 1e-12).all()
    assert curve[-1] >= 0.5


def test_people_who_were_not_drawn_do_not_count() -> None:
    table = predictions()
    half = (table["person_id"] < "P5").to_numpy(float)[None]
    whole = our_roc(scored(table[table["person_id"] < "P5"]), np.ones((1, int(half.sum()))))
    assert our_roc(scored(table), half) == pytest.approx(whole)


def test_matching_on_nothing_and_on_exercise_are_the_known_figures() -> None:
    table = predictions()
    table["exercise"] = table["exercise"].astype(object)
    every = figures_signals.matched_auc(table, {}, 50)
    within = figures_signals.matched_auc(table, {"exercise": 0}, 50)
    assert every["value"] == pytest.approx(value(table, auc), abs=1e-4)
    assert within["value"] == pytest.approx(value(table, auc_within), abs=1e-4)
    assert every["n_pairs"] == 20 * 20
    assert within["n_pairs"] == 20 * 20 / 2


def test_matching_takes_away_what_legs_can_tell() -> None:
    table = predictions()
    legs = table.assign(angle=np.where(table["arched"], 10.0, 40.0)).assign(
        p_arched=lambda t: -t["angle"]
    )
    legs.loc[legs.index[:8], "angle"] = 25.0
    legs["p_arched"] = -legs["angle"]
    assert figures_signals.matched_auc(legs, {}, 10)["value"] > 0.9
    assert figures_signals.matched_auc(legs, {"angle": 5.0}, 10)["value"] == pytest.approx(0.5)


def test_curves_by_angle_count_people_not_reps() -> None:
    moments = pd.DataFrame(
        {
            "label": "good",
            "person_id": ["a"] * 9 + ["b"],
            "leg_angle_deg": 12.0,
            "gap": [0.0] * 9 + [10.0],
        }
    )
    row = figures_signals.by_angle(moments, "gap").iloc[0]
    assert (row["median"], row["n_people"], row["leg_angle_deg"]) == (5.0, 2, 15.0)


def test_confusion_shows_every_count() -> None:
    table = predictions().assign(verdict=lambda t: np.where(t["p_arched"] > 0.5, "arched", "good"))
    counts = table.groupby(["label", "verdict"]).size()
    shown = words(figures_accuracy.confusion(table)).splitlines()
    for n in counts:
        assert str(n) in shown


def test_people_without_a_judged_rep_are_named() -> None:
    table = predictions().assign(verdict="good")
    table.loc[table["person_id"] == "P3", "verdict"] = "cant_tell"
    assert words(figures_accuracy.people(table)).count("no rep judged") == 1


def test_slices_without_a_figure_stay_in_the_table() -> None:
    none = {"value": None, "low": None, "high": None}
    row = {"slice": "arms", "value": "hips", "n_people": 1, "n_arched": 0, "n_reps": 3, "auc": none}
    table = figures_accuracy.slice_rows([row])
    assert np.isnan(table.loc[0, "value"])
    assert table.loc[0, "name"] == "hips: 1 person, 0 arched"


def test_miscounted_clips_are_worst_first() -> None:
    about = {"person_id": "P", "group": "g", "view": "side", "split": "develop"}
    counts = [
        {"clip_id": c, "by_eye": e, "found": f, **about}
        for c, e, f in (("a", 3, 3), ("b", 3, 2), ("c", 8, 3))
    ]
    assert figures_failures.miscounted(counts)["clip_id"].tolist() == ["c", "b"]


def test_no_failure_is_left_out_of_the_galleries() -> None:
    failed = predictions().assign(
        cause=np.tile(["label doubt", "model error"], 20),
        outcome=np.tile(["false alarm", "missed arch", "too close to call", "not judged"], 10),
    )
    parts = figures_failures.by_cause(failed)
    assert list(parts) == ["label doubt", "model error"]
    assert sum(len(rows) for rows in parts.values()) == len(failed)
    assert parts["model error"]["outcome"].iloc[0] == "missed arch"


def failure(n: int) -> pd.DataFrame:
    """Reps of one person, legs from 90 to 0 deg, at the same gap and tilt all the time."""
    about = {"person_id": "P1", "exercise": "kick", "label": "good", "verdict": "arched"}
    said = {"outcome": "false alarm", "raters_said": "good, good", "deciding_s": 1.0}
    numbers = {"p_arched": 0.8, "rated_onset_deg": np.nan}
    return pd.DataFrame([{"clip_id": "c", "rep": i + 1, **about, **said, **numbers}
                         for i in range(n)])  # fmt: skip


def course(reps: pd.DataFrame) -> pd.DataFrame:
    seen = pd.DataFrame({"time_s": [0.0, 1.0, 2.0], "leg_angle_deg": [150.0, 45.0, 0.0]})
    seen = seen.assign(gap_norm=[0.5, 0.02, 0.04], tilt_deg=[90.0, 3.0, 5.0])
    return reps[["clip_id", "rep", "person_id", "label"]].merge(seen, how="cross")


def test_every_failure_of_a_gallery_is_named_and_stays_in_its_place() -> None:
    reps = failure(3)
    results = SimpleNamespace(moments=course(reps), test_moments=course(reps).iloc[:0])
    figure = figures_failures.failure_gallery(results, reps, {})
    said = words(figure)
    for rep in (1, 2, 3):
        assert f"P1  c·{rep}  kick" in said
    assert said.count("nobody is seen at that moment") == 3
    (ax,) = figure.axes
    wide, high = figure.get_size_inches()
    for line in ax.lines:
        x, y = (np.asarray(values, float) for values in line.get_data())
        inside = np.isfinite(x)
        assert ((x >= 0) & (x <= wide))[inside].all()
        assert ((y >= 0) & (y <= high))[inside].all()


def test_a_rep_without_moments_is_still_in_the_gallery() -> None:
    reps = failure(1)
    nothing = course(reps).iloc[:0]
    results = SimpleNamespace(moments=nothing, test_moments=nothing)
    assert "P1  c·1  kick" in words(figures_failures.failure_gallery(results, reps, {}))
