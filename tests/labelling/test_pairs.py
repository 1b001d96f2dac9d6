"""Pairs go over all leg angles, and some of them check the raters."""

from collections import Counter

import pandas as pd

from leglift.labelling.rounds import PAIR_COLUMNS, choose_pairs

ANGLES = (10.0, 30.0, 60.0, 85.0)
MOMENTS = pd.DataFrame(
    [(rep, 4.0 * rep + i, deg) for rep in (1, 2, 3) for i, deg in enumerate(ANGLES)],
    columns=["rep", "time_s", "leg_angle_deg"],
).assign(clip_id="c1", moment=range(1, 13))
"""Three reps that meet the same four angles, a second apart."""
ALL = range(1, 13)
PAIRS = choose_pairs(MOMENTS, 20, seed=3, about=ALL)


def of_kind(kind: str) -> list[tuple[int, int]]:
    chosen = PAIRS[PAIRS["kind"] == kind]
    return list(zip(chosen["left_moment"], chosen["right_moment"], strict=True))


def test_null_pairs_show_the_same_angle_in_different_reps():
    at = MOMENTS.set_index("moment")
    assert len(of_kind("null")) == 3
    for left, right in of_kind("null"):
        assert abs(at["leg_angle_deg"][left] - at["leg_angle_deg"][right]) <= 8
        assert at["rep"][left] != at["rep"][right]
    still = MOMENTS.assign(leg_angle_deg=10.0, rep=1)
    assert "null" not in set(choose_pairs(still, 10, seed=0, about=ALL)["kind"])


def test_swaps_repeat_a_pair_with_the_sides_changed():
    swaps = of_kind("swap")
    assert len(swaps) == 2
    assert {(right, left) for left, right in swaps} <= {*of_kind("real"), *of_kind("null")}


def test_every_moment_is_compared_about_equally_often():
    times = Counter(moment for pair in of_kind("real") for moment in pair)
    assert len(times) == 12
    assert max(times.values()) - min(times.values()) <= 2


def test_both_sides_are_drawn_and_a_seed_gives_the_same_again():
    assert 0.2 < (PAIRS["left_moment"] < PAIRS["right_moment"]).mean() < 0.8
    pd.testing.assert_frame_equal(PAIRS, choose_pairs(MOMENTS, 20, seed=3, about=ALL))
    assert list(PAIRS.columns) == PAIR_COLUMNS[1:]


def test_a_clip_with_few_moments_gives_all_it_has_and_every_pair_shows_what_is_asked_about():
    kinds = choose_pairs(MOMENTS.head(3), 20, seed=0, about=ALL)["kind"]
    assert kinds.tolist() == ["real"] * 3 + ["swap"] * 2
    some = choose_pairs(MOMENTS, 20, seed=0, about={4})
    assert some[["left_moment", "right_moment"]].eq(4).any(axis=1).all()
