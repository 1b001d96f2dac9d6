"""From answers to labels by the rule of decision 0014, on answers whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from leglift.labelling.aggregate import (
    class_of,
    height_line,
    lifted_of,
    moment_table,
    strengths,
    visible_of,
    wins,
)

pytest.importorskip("choix")
pytest.importorskip("crowdkit")

RATERS = ("A", "B", "C")
TRUE_NORM = (0.0, 0.005, 0.02, 0.05, 0.09)
STATES = ("contact", "contact", "slit", "hand", "hollow")


def answers_of(visible: dict[int, str], states: dict[int, str] | None = None) -> pd.DataFrame:
    """Three raters' answers for moments of one clip; `visible` has a letter a rater: y, p or n."""
    word = {"y": "yes", "p": "part", "n": "no"}
    rows = [
        {
            "clip_id": "c1", "moment": moment, "rater": rater, "visible": word[said],
            "state": (states or {}).get(moment, "contact") if said != "n" else "",
            "height_pct": 100 * TRUE_NORM[moment - 1] if said != "n" else np.nan,
        }
        for moment, letters in visible.items()
        for rater, said in zip(RATERS, letters, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def pairs_of(values: tuple[float, ...], spread: float, seed: int = 0) -> pd.DataFrame:
    """Every pair of a clip's moments, answered by three raters who err by `spread`."""
    rng = np.random.default_rng(seed)
    rows = []
    for left in range(1, len(values) + 1):
        for right in range(left + 1, len(values) + 1):
            for rater in RATERS:
                seen = values[left - 1] - values[right - 1] + rng.normal(0, spread)
                answer = "same" if abs(seen) < 0.003 else "left" if seen > 0 else "right"
                rows.append(("c1", left, right, "real", rater, answer))
    names = ["clip_id", "left_moment", "right_moment", "kind", "rater", "answer"]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Five moments from flat to hollow, the last one hidden from two raters of three."""
    moments = pd.DataFrame({"clip_id": "c1", "moment": [1, 2, 3, 4, 5]})
    states = dict(enumerate(STATES, start=1))
    answers = answers_of({1: "yyy", 2: "yyp", 3: "ypp", 4: "yyn", 5: "ynn"}, states)
    return moment_table(moments, answers, pairs_of(TRUE_NORM, 0.004)).set_index("moment")


def test_most_raters_decide_what_is_visible() -> None:
    seen = visible_of(answers_of({1: "yyn", 2: "ppn", 3: "ynn", 4: "nnn"})).set_index("moment")
    assert seen["visible"].tolist() == [True, True, False, False]


def test_the_class_is_what_raters_of_like_skill_say() -> None:
    rows = [("c1", m, r, s) for m in range(1, 9) for r, s in zip(RATERS, _said(m), strict=True)]
    answers = pd.DataFrame(rows, columns=["clip_id", "moment", "rater", "state"])
    found = class_of(answers).set_index("moment")["class"]
    assert [found[m] for m in range(1, 9)] == ["contact", "up"] * 4


def _said(moment: int) -> tuple[str, str, str]:
    """Two raters know; the third sees a slit everywhere."""
    true = "contact" if moment % 2 else "hollow"
    return true, true, "slit"


def test_the_order_is_recovered_from_pairs() -> None:
    won = wins(
        pairs_of((0.0, 0.02, 0.04, 0.06, 0.08), 0.01, seed=1), {m: m - 1 for m in range(1, 6)}
    )
    assert np.argsort(strengths(5, won)).tolist() == [0, 1, 2, 3, 4]


def test_same_counts_half_for_each_side() -> None:
    pairs = pd.DataFrame({"left_moment": [1], "right_moment": [2], "answer": ["same"]})
    assert wins(pairs, {1: 0, 2: 1}).tolist() == [[0, 1], [1, 0]]
    assert strengths(2, wins(pairs, {1: 0, 2: 1})) == pytest.approx([0, 0], abs=1e-6)
    assert strengths(2, np.empty((0, 2))).tolist() == [0, 0]


def test_heights_give_the_scale() -> None:
    line = height_line(np.array([-1.0, 0, 1, 2]), np.array([0.0, 0.02, 0.04, 0.06]))
    assert line(np.array([3.0])) == pytest.approx([0.08])
    few = height_line(np.array([-1.0, 0, 1]), np.array([0.0, 0.02, np.nan]))
    assert few(np.array([-1.0, 1])) == pytest.approx([0.01, 0.01])
    assert np.isnan(height_line(np.array([0.0]), np.array([np.nan]))(np.array([0.0]))).all()


def test_scores_follow_the_truth_and_lie_in_their_intervals(table: pd.DataFrame) -> None:
    known = table.loc[1:4]
    assert known["lift_score"].is_monotonic_increasing
    assert known["lift_score"].to_numpy() == pytest.approx(TRUE_NORM[:4], abs=0.02)
    assert (known["lift_low"] <= known["lift_score"] + 0.01).all()
    assert (known["lift_high"] >= known["lift_score"] - 0.01).all()


def test_what_is_up_is_lifted_and_what_touches_is_not(table: pd.DataFrame) -> None:
    assert table.loc[[1, 2, 4], "lifted"].tolist() == ["no", "no", "yes"]


def test_a_slit_clearly_over_the_flattest_moment_is_lifted(table: pd.DataFrame) -> None:
    assert table.loc[3, "lifted"] == "yes"


def test_what_is_not_seen_has_no_label(table: pd.DataFrame) -> None:
    assert not table.loc[5, "visible"]
    assert table.loc[5, "lifted"] == "unknown"
    assert table.loc[5, ["lift_score", "lift_low", "lift_high"]].isna().all()


@pytest.mark.parametrize(
    ("flattest", "apart", "said"),
    [
        ("contact", 0.0, "no"),
        ("contact", 5.0, "yes"),
        ("slit", 0.0, "unknown"),
        ("slit", 5.0, "yes"),
    ],
)
def test_a_slit_is_held_against_the_flattest_moment(flattest: str, apart: float, said: str) -> None:
    rng = np.random.default_rng(0)
    draws = np.column_stack([rng.normal(0, 1, 400), rng.normal(apart, 1, 400)])
    rows = pd.DataFrame({"class": [flattest, "slit"], "lift_score": [0.0, apart + 0.1]})
    assert lifted_of(rows, draws, np.array([True, True]))[1] == said


def test_a_slit_that_was_never_compared_stays_unknown() -> None:
    rows = pd.DataFrame({"class": ["slit"], "lift_score": [0.02]})
    assert lifted_of(rows, np.zeros((10, 1)), np.array([False])) == ["unknown"]
