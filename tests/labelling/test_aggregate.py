"""From answers to labels by the rule of decision 0014, on answers whose truth is known."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from leglift.labelling.aggregate import (
    class_of,
    height_line,
    lifted_of,
    moment_table,
    strengths,
    wins,
)

pytest.importorskip("choix")
pytest.importorskip("crowdkit")

RATERS = ("A", "B", "C")
TRUE_NORM = (0.0, 0.005, 0.02, 0.05, 0.09)
STATES = ("contact", "contact", "slit", "hand", "hollow")
WORD = {"y": "yes", "p": "part", "n": "no"}


def answers_of(*visible: str) -> pd.DataFrame:
    """Three raters' answers for moments of one clip; `visible` has a letter a rater: y, p or n."""
    rows = [
        {
            "clip_id": "c1", "moment": i + 1, "rater": rater, "visible": WORD[said],
            "state": STATES[i] if said != "n" else "",
            "height_pct": 100 * TRUE_NORM[i] if said != "n" else np.nan,
        }
        for i, letters in enumerate(visible)
        for rater, said in zip(RATERS, letters, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def pairs_of(values: tuple[float, ...], spread: float, seed: int = 0) -> pd.DataFrame:
    """Every pair of a clip's moments, answered by three raters who err by `spread`."""
    rng = np.random.default_rng(seed)
    rows = []
    for left, right in combinations(range(len(values)), 2):
        for rater in RATERS:
            seen = values[left] - values[right] + rng.normal(0, spread)
            answer = "same" if abs(seen) < 0.003 else "left" if seen > 0 else "right"
            rows.append(("c1", left + 1, right + 1, "real", rater, answer))
    names = ["clip_id", "left_moment", "right_moment", "kind", "rater", "answer"]
    return pd.DataFrame(rows, columns=names)


def test_the_class_is_what_raters_of_like_skill_say():
    """Two raters know; the third sees a slit everywhere."""
    rows = [
        ("c1", m, rater, "slit" if rater == "C" else "contact" if m % 2 else "hollow")
        for m in range(1, 9)
        for rater in RATERS
    ]
    answers = pd.DataFrame(rows, columns=["clip_id", "moment", "rater", "state"])
    found = class_of(answers).set_index("moment")["class"]
    assert [found[m] for m in range(1, 9)] == ["contact", "up"] * 4


def test_same_counts_half_for_each_side():
    pairs = pd.DataFrame({"left_moment": [1], "right_moment": [2], "answer": ["same"]})
    assert wins(pairs, {1: 0, 2: 1}).tolist() == [[0, 1], [1, 0]]
    assert strengths(2, wins(pairs, {1: 0, 2: 1})) == pytest.approx([0, 0], abs=1e-6)
    assert strengths(2, wins(pairs.iloc[:0], {})).tolist() == [0, 0]


def test_heights_give_the_scale():
    score = np.array([-1.0, 0, 1, 2])
    assert height_line(score, np.array([0, 0.02, 0.04, 0.06])) == pytest.approx((0.02, 0.02))
    assert height_line(score, np.array([0, 0.02, np.nan, np.nan])) == pytest.approx((0, 0.01))
    assert height_line(score, -score) == pytest.approx((0, -0.5))
    assert np.isnan(height_line(score, np.full(4, np.nan))).all()


def test_moments_from_flat_to_hollow_get_their_scores_and_labels():
    """The third is a slit clearly over the flattest; the last is hidden from most raters."""
    moments = pd.DataFrame({"clip_id": "c1", "moment": [1, 2, 3, 4, 5]})
    answers = answers_of("yyy", "yyp", "ypp", "yyn", "ynn")
    table = moment_table(moments, answers, pairs_of(TRUE_NORM, 0.004)).set_index("moment")
    known, hidden = table.loc[1:4], table.loc[5]
    assert table["lifted"].tolist() == ["no", "no", "yes", "yes", "unknown"]
    assert known["lift_score"].is_monotonic_increasing
    assert known["lift_score"].to_numpy() == pytest.approx(TRUE_NORM[:4], abs=0.02)
    assert (known["lift_low"] <= known["lift_score"] + 0.01).all()
    assert (known["lift_high"] >= known["lift_score"] - 0.01).all()
    assert not hidden["visible"]
    assert hidden[["lift_score", "lift_low", "lift_high"]].isna().all()


@pytest.mark.parametrize(
    ("flattest", "apart", "compared", "said"),
    [
        ("contact", 0.0, True, "no"),
        ("contact", 5.0, True, "yes"),
        ("slit", 0.0, True, "unknown"),
        ("slit", 5.0, True, "yes"),
        ("slit", 5.0, False, "unknown"),
    ],
)
def test_a_slit_is_held_against_the_flattest_moment_that_it_was_compared_with(
    flattest, apart, compared, said
):
    rng = np.random.default_rng(0)
    draws = np.column_stack([rng.normal(0, 1, 400), rng.normal(apart, 1, 400)])
    rows = pd.DataFrame({"class": [flattest, "slit"], "lift_score": [0.0, apart + 0.1]})
    assert lifted_of(rows, draws, np.array([compared, compared]))[1] == said
