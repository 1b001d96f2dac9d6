"""Figures and their tables say what they are given, on tables whose answer is known."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from leglift.figures import accuracy, data, failures, instrument, outlines
from leglift.figures.evidence import agrees, scores, seen_of
from leglift.params import load_params
from leglift.study import plots


@pytest.fixture(autouse=True)
def _themed() -> Iterator[None]:
    with mpl.rc_context():
        plots.theme()
        yield


def judged() -> pd.DataFrame:
    """Of each split A: two flat moments, one of them called lifted; B: two lifted, one missed."""
    split = pd.DataFrame(
        {
            "clip_id": ["a", "a", "b", "b", "b"],
            "person_id": ["A", "A", "B", "B", "B"],
            "exercise": ["crunch", "crunch", "crunch", "crunch", "v_up"],
            "clothing": ["bare", "bare", "loose", "loose", "loose"],
            "stratum": ["crunch/0", "crunch/0", "crunch/0", "crunch/0", "v_up/0"],
            "rep": [1, 1, 1, 1, 1],
            "leg_angle_deg": [3.0, 20.0, 3.0, 20.0, 3.0],
            "gap_norm_over_flat": [0.0, 0.1, 0.2, np.nan, 0.0],
            "lifted": [False, False, True, True, True],
            "p": [0.1, 0.9, 0.8, 0.3, 0.7],
            "height_norm": [0.01, 0.08, 0.07, 0.02, 0.05],
            "through": [True, True, True, True, False],
        }
    )
    table = pd.concat([split.assign(split="study"), split.assign(split="test")], ignore_index=True)
    return table.assign(called=table["p"] >= 0.5)


def found(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.1, "high": value + 0.1, "n_moments": 4, "n_people": 2}


def words(figure: Figure) -> list[str]:
    """Everything that is written inside the figure's panels and on their axes."""
    inside = [text.get_text() for ax in figure.axes for text in ax.texts]
    return inside + [t.get_text() for ax in figure.axes for t in ax.get_yticklabels()]


# --- evidence ----------------------------------------------------------------------------------


def test_only_what_the_gate_lets_through_counts() -> None:
    assert list(seen_of(judged(), "test")["exercise"]) == ["crunch"] * 4


def test_scores_know_no_nan() -> None:
    found_scores = scores(seen_of(judged(), "study"))
    assert list(found_scores["gap_rule"]) == [0.0, 0.1, 0.2, 0.0]
    assert list(found_scores["legs_only"]) == [-3.0, -20.0, -3.0, -20.0]


def test_a_number_agrees_to_four_digits() -> None:
    assert agrees(0.12345, 0.12341)
    assert not agrees(0.123, 0.124)
    assert not agrees(None, 0.1)


# --- data --------------------------------------------------------------------------------------


def test_clips_and_people_are_counted_by_exercise() -> None:
    videos = pd.DataFrame(
        {
            "clip_id": list("abcd"),
            "person_id": ["P1", "P1", "P2", "P3"],
            "exercise": ["crunch", "crunch", "crunch", "v_up"],
            "split": ["study", "study", "test", "test"],
            "back_visible": ["all", "none", "none", "part"],
        }
    )
    table = data.clip_table(videos)
    assert list(table.index) == ["crunch", "v_up"]
    assert table.loc["crunch"].to_dict() == {
        "all": 1, "part": 0, "none": 2, "study": 1, "test": 1, "fresh": 0,
    }  # fmt: skip
    assert "2" in words(data.clips(videos))


def test_kappa_is_one_in_full_agreement_and_nothing_by_chance() -> None:
    assert data.kappa(pd.DataFrame(np.diag([3, 4, 5]))) == pytest.approx(1.0)
    assert data.kappa(pd.DataFrame(np.full((2, 2), 5))) == pytest.approx(0.0)


def test_describers_are_set_against_each_other() -> None:
    said = pd.DataFrame(
        {
            "clip_id": ["a", "a", "b", "b", "c"],
            "describer": ["D1", "D2", "D1", "D2", "D1"],
            "back_visible": ["all", "part", "none", "none", "all"],
        }
    )
    table = data.describers(said)
    assert table.loc["all", "part"] == 1
    assert table.loc["none", "none"] == 1
    assert table.to_numpy().sum() == 2


def test_states_are_binned_by_leg_angle() -> None:
    moments = pd.DataFrame(
        {
            "rep": [1, 1, 1, 0],
            "leg_angle_deg": [16.0, 29.0, -1.0, 20.0],
            "lifted": ["yes", "no", "unknown", "yes"],
            "visible": [True, True, False, True],
        }
    )
    table = data.state_table(moments)
    assert table.loc[15].to_dict() == {"lifted": 1, "flat": 1, "unknown": 0, "not visible": 0}
    assert table.loc[-15, "not visible"] == 1


# --- instrument --------------------------------------------------------------------------------


def test_what_closes_the_gate_is_named() -> None:
    seen = {
        "arm_cover_frac": 0.0, "tilt_deg": 0.0, "curl_norm": -0.05, "off_axis_deg": 0.0,
        "raised_deg": 0.0, "trunk_px": 300.0, "contrast": 1.0, "outline_frac": 1.0,
        "gap_norm": 0.02, "split": "study",
    }  # fmt: skip
    edge = pd.DataFrame([seen, seen | {"arm_cover_frac": 1.0}, seen | {"split": "test"}])
    table = instrument.hidden_table(edge, load_params().gate)
    assert table["study"].to_dict() == {"arm": 0.5}
    assert table["test"].to_dict() == {"arm": 0.0}


def test_the_gap_read_is_set_against_the_true_one() -> None:
    true = np.linspace(0, 0.1, 100)
    bins = instrument.gap_bins(pd.DataFrame({"true_gap_norm": true, "gap_norm": 2 * true}))
    assert np.allclose(bins["middle"], 2 * bins["true"])


# --- accuracy ----------------------------------------------------------------------------------


def test_only_strata_with_both_states_are_compared() -> None:
    table = accuracy.compared(judged()[lambda t: t["split"] == "study"])
    assert list(table.index) == ["crunch/0"]
    assert table.loc["crunch/0", "pairs"] == 4
    assert accuracy.people_compared(judged()) == 2


def test_the_surest_are_answered_first() -> None:
    own = judged().iloc[:4]
    table = accuracy.risk_coverage(own, 0.5)
    assert table["coverage"].iloc[-1] == pytest.approx(1.0)
    assert table["risk"].iloc[0] == 0.0  # said 0.1 and is flat
    assert table["risk"].iloc[-1] == pytest.approx(0.5)


def test_calibration_weighs_people_alike() -> None:
    own = judged().iloc[:4].assign(p=0.5)
    table = accuracy.calibration_table(own)
    assert table["lifted"].tolist() == [0.5]
    assert table["people"].tolist() == [2]


def test_the_headline_writes_its_numbers() -> None:
    names = ("auc_equal_leg_angle", "auc")
    split = {name: found(0.61) for name in names}
    split |= {m: {name: found(0.52) for name in names} for m in ("gap_rule", "legs_only")}
    figure = accuracy.headline({"study": split, "test": split})
    assert words(figure).count("0.61") == 4
    assert words(figure).count("0.52") == 8


# --- failures ----------------------------------------------------------------------------------


def test_wrong_calls_are_counted_by_group() -> None:
    table = failures.group_table(judged(), "clothing")
    assert table.loc[("study", "bare"), "false_alarms"] == 1
    assert table.loc[("study", "loose"), ["lifted", "found"]].tolist() == [2, 1]


def test_people_stand_in_order_of_their_flat_backs() -> None:
    own = judged().iloc[:4]
    assert failures.people_order(own) == ["A", "B"]
    assert failures.people_order(own.assign(lifted=~own["lifted"])) == ["B", "A"]


def test_false_passes_name_what_both_describers_say() -> None:
    described = pd.DataFrame(
        {
            "split": "test", "clip_id": ["a", "a", "b"], "person_id": ["A", "A", "B"],
            "exercise": "crunch", "through": True, "visible": [False, False, True],
        }
    )  # fmt: skip
    said = pd.DataFrame({"clip_id": ["a", "a", "b"], "hidden_by": ["arm;dark", "dark", ""]})
    table = failures.gate_mistakes(described, said)
    assert table["said"].tolist() == ["dark"]
    assert table["false_passes"].tolist() == [2]
    shares = failures.false_share_by_reason(described, table)
    assert shares.loc["any reason", "test"] == pytest.approx(0.5)
    assert shares.loc["arm", "test"] == 0.0


# --- outlines ----------------------------------------------------------------------------------


def test_a_body_is_placed_with_the_feet_to_the_right() -> None:
    side = np.array([[90.0, 0], [80, 0], [60, 0], [40, 0], [20, 0]])  # head right
    body = outlines.placed(np.stack([side, side]), [np.array([[20.0, 10.0]] * 3, np.float32)])
    assert np.allclose(body.limbs[0][:, 0], [-1.5, -1.0, 0.0, 1.0, 2.0])
    assert np.allclose(body.rings[0], [[2.0, -0.5]] * 3)


def test_the_surest_mistakes_are_one_a_person() -> None:
    table = outlines.surest_mistakes(judged(), "study", 3)
    assert table["p"].tolist() == [0.9, 0.3]
