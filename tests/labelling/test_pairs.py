"""Pairs go over all leg angles, and some of them check the raters."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest

from leglift.labelling.pairs import PAIR_COLUMNS, choose_pairs

ANGLES = (10.0, 30.0, 60.0, 85.0)


@pytest.fixture
def moments() -> pd.DataFrame:
    """Three reps that meet the same four angles, two seconds apart."""
    rows = [(rep, 4.0 * rep + i, deg) for rep in (1, 2, 3) for i, deg in enumerate(ANGLES)]
    table = pd.DataFrame(rows, columns=["rep", "time_s", "leg_angle_deg"])
    return table.assign(clip_id="c1", moment=range(1, len(table) + 1))


@pytest.fixture
def pairs(moments: pd.DataFrame) -> pd.DataFrame:
    return choose_pairs(moments, per_clip=20, seed=3)


def test_null_pairs_show_the_same_angle_in_different_reps(
    moments: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    at = moments.set_index("moment")
    null = pairs[pairs["kind"] == "null"]
    assert len(null) == 3
    for pair in null.itertuples():
        left, right = at.loc[pair.left_moment], at.loc[pair.right_moment]
        assert abs(left["leg_angle_deg"] - right["leg_angle_deg"]) <= 8
        assert left["rep"] != right["rep"]


def test_moments_of_one_rep_make_no_null_pair(moments: pd.DataFrame) -> None:
    still = moments.assign(leg_angle_deg=10.0, rep=1)
    assert "null" not in set(choose_pairs(still, per_clip=10, seed=0)["kind"])


def test_swaps_repeat_a_pair_with_the_sides_changed(pairs: pd.DataFrame) -> None:
    first = pairs[pairs["kind"] != "swap"]
    sides = set(zip(first["left_moment"], first["right_moment"], strict=True))
    swaps = pairs[pairs["kind"] == "swap"]
    assert len(swaps) == 2
    assert all((s.right_moment, s.left_moment) in sides for s in swaps.itertuples())


def test_every_moment_is_compared_about_equally_often(pairs: pd.DataFrame) -> None:
    real = pairs[pairs["kind"] == "real"]
    times = Counter([*real["left_moment"], *real["right_moment"]])
    assert len(times) == 12
    assert max(times.values()) - min(times.values()) <= 2


def test_both_sides_are_drawn_and_a_seed_gives_the_same_again(
    moments: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    earlier_left = (pairs["left_moment"] < pairs["right_moment"]).mean()
    assert 0.2 < earlier_left < 0.8
    pd.testing.assert_frame_equal(pairs, choose_pairs(moments, per_clip=20, seed=3))
    assert list(pairs.columns) == PAIR_COLUMNS[1:]


def test_a_clip_with_few_moments_gives_all_it_has(moments: pd.DataFrame) -> None:
    few = choose_pairs(moments.head(3), per_clip=20, seed=0, swaps=0)
    assert len(few) == 3
