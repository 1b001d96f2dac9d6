"""Figures and their tables say what they are given, on tables whose answer is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from leglift.figures import accuracy, data, failures, instrument, outlines
from leglift.figures.evidence import agrees, seen_of
from leglift.params import load_params
from leglift.study.headline import scores

COLUMNS = """clip_id person_id exercise clothing stratum leg_angle_deg gap_norm_over_flat lifted p
    height_norm through"""
MOMENTS = [
    ("a", "A", "crunch", "bare", "crunch/0", 3.0, 0.0, False, 0.1, 0.01, True),
    ("a", "A", "crunch", "bare", "crunch/0", 20.0, 0.1, False, 0.9, 0.08, True),
    ("b", "B", "crunch", "loose", "crunch/0", 3.0, 0.2, True, 0.8, 0.07, True),
    ("b", "B", "crunch", "loose", "crunch/0", 20.0, np.nan, True, 0.3, 0.02, True),
    ("b", "B", "v_up", "loose", "v_up/0", 3.0, 0.0, True, 0.7, 0.05, False),
]
"""A: two flat moments, one of them called lifted; B: two lifted, one missed, one not seen."""


def table(columns: str, *rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns.split())


def judged() -> pd.DataFrame:
    own = table(COLUMNS, *MOMENTS).assign(rep=1, called=lambda own: own["p"] >= 0.5)
    return pd.concat([own.assign(split=s) for s in ("study", "test")], ignore_index=True)


def words(figure: Figure) -> list[str]:
    """Everything that is written inside the figure's panels and on their axes."""
    inside = [text.get_text() for ax in figure.axes for text in ax.texts]
    return inside + [t.get_text() for ax in figure.axes for t in ax.get_yticklabels()]


def test_only_what_the_gate_lets_through_counts_and_scores_know_no_nan() -> None:
    seen = seen_of(judged(), "study")
    assert list(seen["exercise"]) == ["crunch"] * 4
    assert list(scores(seen)["gap_rule"]) == [0.0, 0.1, 0.2, 0.0]
    assert list(scores(seen)["legs_only"]) == [-3.0, -20.0, -3.0, -20.0]


@pytest.mark.parametrize(
    ("stored", "recomputed", "same"),
    [(0.12345, 0.12341, True), (0.123, 0.124, False), (None, 0.1, False), (None, np.nan, True)],
)
def test_a_number_agrees_to_four_digits(stored, recomputed, same) -> None:
    assert agrees(stored, recomputed) == same


def test_clips_and_people_are_counted_by_exercise() -> None:
    videos = table(
        "clip_id person_id exercise split back_visible",
        ("a", "P1", "crunch", "study", "all"),
        ("b", "P1", "crunch", "study", "none"),
        ("c", "P2", "crunch", "test", "none"),
        ("d", "P3", "v_up", "test", "part"),
    )
    counted = data.clip_table(videos)
    assert list(counted.index) == ["crunch", "v_up"]
    assert counted.loc["crunch", ["all", "part", "none"]].tolist() == [1, 0, 2]
    assert counted.loc["crunch", ["study", "test", "fresh"]].tolist() == [1, 1, 0]
    assert "2" in words(data.clips(videos))


def test_describers_are_set_against_each_other() -> None:
    rows = ["a D1 all", "a D2 part", "b D1 none", "b D2 none", "c D1 all"]
    said = data.describers(table("clip_id describer back_visible", *map(str.split, rows)))
    assert said.loc["all", "part"] == said.loc["none", "none"] == 1
    assert said.to_numpy().sum() == 2
    ax = data.agreement(said * 0 + np.diag([3, 4, 5])).axes[0]
    assert "kappa 1.00" in ax.get_title() + ax.get_title("left")


def test_states_are_binned_by_leg_angle() -> None:
    rows = [(1, 16.0, "yes", True), (1, 29.0, "no", True), (1, -1.0, "unknown", False)]
    moments = table("rep leg_angle_deg lifted visible", *rows, (0, 20.0, "yes", True))
    states = data.state_table(moments)
    assert states.loc[15].to_dict() == {"lifted": 1, "flat": 1, "unknown": 0, "not visible": 0}
    assert states.loc[-15, "not visible"] == 1


def test_what_closes_the_gate_is_named() -> None:
    seen = {
        "arm_cover_frac": 0.0, "tilt_deg": 0.0, "curl_norm": -0.05, "off_axis_deg": 0.0,
        "raised_deg": 0.0, "trunk_px": 300.0, "contrast": 1.0, "outline_frac": 1.0,
        "gap_norm": 0.02, "split": "study",
    }  # fmt: skip
    edge = pd.DataFrame([seen, seen | {"arm_cover_frac": 1.0}, seen | {"split": "test"}])
    hidden = instrument.hidden_table(edge, load_params().gate)
    assert hidden.to_dict() == {"study": {"arm": 0.5}, "test": {"arm": 0.0}}


def test_the_gap_read_is_set_against_the_true_one() -> None:
    true = np.linspace(0, 0.1, 100)
    bins = instrument.gap_bins(pd.DataFrame({"true_gap_norm": true, "gap_norm": 2 * true}))
    assert np.allclose(bins["middle"], 2 * bins["true"])


def test_only_strata_with_both_states_are_compared() -> None:
    strata = accuracy.compared(judged()[lambda t: t["split"] == "study"])
    assert strata["pairs"].to_dict() == {"crunch/0": 4}
    assert accuracy.people_compared(judged()) == 2


def test_the_surest_are_answered_first() -> None:
    answered = accuracy.risk_coverage(judged().iloc[:4], 0.5)
    assert answered["coverage"].iloc[-1] == pytest.approx(1.0)
    assert answered["risk"].iloc[0] == 0.0  # said 0.1 and is flat
    assert answered["risk"].iloc[-1] == pytest.approx(0.5)


def test_calibration_weighs_people_alike() -> None:
    bins = accuracy.calibration_table(judged().iloc[:4].assign(p=0.5))
    assert (bins["lifted"].tolist(), bins["people"].tolist()) == ([0.5], [2])


def test_the_headline_writes_its_numbers() -> None:
    def found(value: float) -> dict[str, dict[str, float]]:
        own = {"value": value, "low": value - 0.1, "high": value + 0.1}
        return dict.fromkeys(("auc_equal_leg_angle", "auc"), own | {"n_moments": 4, "n_people": 2})

    split = found(0.61) | {"gap_rule": found(0.52), "legs_only": found(0.52)}
    figure = accuracy.headline({"study": split, "test": split, "fresh": split})
    assert (words(figure).count("0.61"), words(figure).count("0.52")) == (6, 12)


def test_wrong_calls_are_counted_by_group() -> None:
    calls = failures.group_table(judged(), "clothing")
    assert calls.loc[("study", "bare"), "false_alarms"] == 1
    assert calls.loc[("study", "loose"), ["lifted", "found"]].tolist() == [2, 1]


def test_people_stand_in_order_of_their_flat_backs() -> None:
    own = judged().iloc[:4]
    assert failures.people_order(own) == ["A", "B"]
    assert failures.people_order(own.assign(lifted=~own["lifted"])) == ["B", "A"]
    thick = own.assign(lifted=False, height_norm=[0.08, 0.08, 0.02, 0.02])
    assert failures.people_order(thick) == ["B", "A"]


def test_false_passes_name_what_both_describers_say() -> None:
    rows = [("a", "A", False), ("a", "A", False), ("b", "B", True)]
    described = table("clip_id person_id visible", *rows)
    described = described.assign(split="test", exercise="crunch", through=True)
    said = table("clip_id hidden_by", ("a", "arm;dark"), ("a", "dark"), ("b", ""))
    mistakes = failures.gate_mistakes(described, said)
    assert (mistakes["said"].tolist(), mistakes["false_passes"].tolist()) == (["dark"], [2])
    shares = failures.false_share_by_reason(described, mistakes)
    assert shares.loc["any reason", "test"] == pytest.approx(0.5)
    assert shares.loc["arm", "test"] == 0.0


def test_a_body_is_placed_with_the_feet_to_the_right() -> None:
    side = np.array([[90.0, 0], [80, 0], [60, 0], [40, 0], [20, 0]])  # head right
    rings, limbs = outlines.placed(np.stack([side, side]), [np.full((3, 2), (20, 10), np.float32)])
    assert np.allclose(limbs[0][:, 0], [-1.5, -1.0, 0.0, 1.0, 2.0])
    assert np.allclose(rings[0], [[2.0, -0.5]] * 3)


def test_the_surest_mistakes_are_one_a_person() -> None:
    assert outlines.surest_mistakes(judged(), "study", 3)["p"].tolist() == [0.9, 0.3]


def test_what_holds_back_is_told_in_parts_and_over_own_flat_backs() -> None:
    """A's flat back reads as high as B's lifted one; both know their own."""
    rows = [("a", "A", False, 0.08), ("a", "A", True, 0.12), ("b", "B", False, 0.02),
            ("b", "B", True, 0.06), ("c", "C", True, 0.01)]  # fmt: skip
    own = table("clip_id person_id lifted height_norm", *rows).assign(
        through=True, stratum="x/0", trunk_px=[300, 300, 100, 100, 100], lift_score=np.nan
    )
    videos = table("clip_id back_visible", ("a", "all"), ("b", "all"), ("c", "part"))
    parts = failures.holding_back(own.assign(p=own["height_norm"]), videos)
    auc = pd.to_numeric(parts["AUC at equal leg angle"].str[:4], errors="coerce")
    assert parts.loc["visibility: back seen in part", "people"] == 1
    assert parts.loc["resolution: smaller", "moments"] == 3
    assert auc["people: those seen in both states"] == 0.75
    assert auc["people: the same, over their own flat back"] == 1.0
