"""A round of rating asks for what has no answer, under codes without meaning, and takes answers."""

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from factories import LYING_STILL, Body, Camera, Lifts
from leglift.errors import UsageError
from leglift.labelling.blinding import CROP_PX
from leglift.labelling.rounds import (
    PAIR_COLUMNS,
    SHAPE,
    choose_pairs,
    draw_moments,
    draw_pairs,
    new_moments,
    new_pairs,
    read_answers,
)
from leglift.labelling.sampling import MOMENT_COLUMNS
from leglift.labelling.visibility import both_see

EVERYTHING = [(0.0, 99.0)]
NOTHING = pd.DataFrame(columns=MOMENT_COLUMNS)


def grey(_clip: str, moments: pd.DataFrame) -> dict[int, np.ndarray]:
    """Crops that show nothing."""
    return {i: np.full((CROP_PX[1], CROP_PX[0], 3), 128, np.uint8) for i in moments.index}


def moments_of(clip_id: str, n: int) -> pd.DataFrame:
    numbers = np.arange(1, n + 1)
    return pd.DataFrame(
        {
            "clip_id": clip_id, "rep": 1, "moment": numbers, "time_s": 1.0 * numbers,
            "leg_angle_deg": 10.0 * numbers, "visible": True,
        }
    )  # fmt: skip


def test_only_reps_that_were_not_sampled_are_new(table_of, params):
    table = table_of(Body(near_leg=Lifts(n=2).course), Camera())
    every = new_moments(NOTHING, "c1", table, EVERYTHING, params)
    first = every[every["rep"] == 1]
    more = new_moments(first, "c1", table, EVERYTHING, params)
    assert set(more["rep"]) == {2}
    assert more["moment"].iloc[0] == first["moment"].max() + 1
    assert new_moments(every, "c1", table, EVERYTHING, params).empty
    assert len(new_moments(every, "c2", table, EVERYTHING, params)) == len(every)
    still = table_of(LYING_STILL, Camera())
    every = new_moments(NOTHING, "c1", still, EVERYTHING, params)
    assert set(every["rep"]) == {0}
    assert new_moments(every.iloc[:3], "c1", still, EVERYTHING, params).empty


def test_new_pairs_show_a_moment_that_was_in_none():
    moments = pd.concat([moments_of("c1", 6), moments_of("c2", 4).assign(visible=False)])
    known = pd.DataFrame({"clip_id": "c1", "left_moment": [1, 2], "right_moment": [2, 3]})
    pairs = new_pairs(moments.reset_index(drop=True), known, seed=1)
    assert set(pairs["clip_id"]) == {"c1"}
    assert pairs["pair_id"].is_unique
    assert (pairs[["left_moment", "right_moment"]].max(axis=1) > 3).all()
    assert new_pairs(moments_of("c1", 3), known, seed=1).empty


ANGLES = (10.0, 30.0, 60.0, 85.0)
REPS = pd.DataFrame(
    [(rep, 4.0 * rep + i, deg) for rep in (1, 2, 3) for i, deg in enumerate(ANGLES)],
    columns=["rep", "time_s", "leg_angle_deg"],
).assign(clip_id="c1", moment=range(1, 13))
"""Three reps that meet the same four angles, a second apart."""
EVERY = range(1, 13)
PAIRS = choose_pairs(REPS, 20, seed=3, about=EVERY)


def of_kind(kind: str) -> list[tuple[int, int]]:
    chosen = PAIRS[PAIRS["kind"] == kind]
    return list(zip(chosen["left_moment"], chosen["right_moment"], strict=True))


def test_null_pairs_show_the_same_angle_in_different_reps():
    at = REPS.set_index("moment")
    assert len(of_kind("null")) == 3
    for left, right in of_kind("null"):
        assert abs(at["leg_angle_deg"][left] - at["leg_angle_deg"][right]) <= 8
        assert at["rep"][left] != at["rep"][right]
    still = REPS.assign(leg_angle_deg=10.0, rep=1)
    assert "null" not in set(choose_pairs(still, 10, seed=0, about=EVERY)["kind"])


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
    pd.testing.assert_frame_equal(PAIRS, choose_pairs(REPS, 20, seed=3, about=EVERY))
    assert list(PAIRS.columns) == PAIR_COLUMNS[1:]


def test_a_clip_with_few_moments_gives_all_it_has_and_every_pair_shows_what_is_asked_about():
    kinds = choose_pairs(REPS.head(3), 20, seed=0, about=EVERY)["kind"]
    assert kinds.tolist() == ["real"] * 3 + ["swap"] * 2
    some = choose_pairs(REPS, 20, seed=0, about={4})
    assert some[["left_moment", "right_moment"]].eq(4).any(axis=1).all()


def test_sheets_hold_every_moment_once_under_a_code_without_meaning(tmp_path):
    moments = pd.concat([moments_of("c1", 9), moments_of("c2", 5)], ignore_index=True)
    assert draw_moments(moments, grey, tmp_path, seed=3) == 14
    key = pd.read_csv(tmp_path / "key.csv")
    shown = key.sort_values(["clip_id", "moment"])[["clip_id", "moment"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(shown, moments[["clip_id", "moment"]])
    assert key["code"].str.fullmatch("[0-9a-f]{8}").all()
    sheets = sorted(tmp_path.glob("*.png"))
    assert len(sheets) == -(-14 // np.prod(SHAPE["moment"]))
    assert cv2.imread(str(sheets[0])) is not None


@pytest.fixture
def asked(tmp_path):
    """Folder with sheets of pairs and their key."""
    moments = moments_of("c1", 6)
    pairs = new_pairs(moments, pd.DataFrame(columns=["clip_id", "left_moment", "right_moment"]), 1)
    draw_pairs(pairs, moments, grey, tmp_path, seed=1)
    return tmp_path


def answered(folder: Path, codes: list[str]) -> pd.DataFrame:
    given = folder / "A.csv"
    pd.DataFrame({"pair_id": codes, "answer": "same"}).to_csv(given, index=False)
    return read_answers(given, folder / "key.csv", "2026-01-02")


def test_answers_come_back_with_what_their_codes_stand_for(asked):
    key = pd.read_csv(asked / "key.csv", keep_default_na=False)
    rows = answered(asked, list(key["code"][::-1]))
    assert set(rows["rater"]) == {"A"}
    assert set(rows["rated_on"]) == {"2026-01-02"}
    assert set(rows["kind"]) <= {"real", "null", "swap"}
    assert len(rows) == len(key)


@pytest.mark.parametrize("change", ["left out", "twice", "unknown"])
def test_a_code_that_is_left_out_given_twice_or_unknown_is_named(asked, change):
    codes = list(pd.read_csv(asked / "key.csv")["code"])
    wrong = codes[0]
    given = {"left out": codes[1:], "twice": [*codes, wrong], "unknown": [*codes, "zzzzzzzz"]}
    with pytest.raises(UsageError, match="zzzzzzzz" if change == "unknown" else wrong):
        answered(asked, given[change])


@pytest.mark.parametrize(
    ("seen", "spans", "both"),
    [
        (["all", "part"], [[(0, 4)], [(1, 2), (3, 9)]], ("part", [(1, 2), (3, 4)])),
        (["all", "none"], [[(0, 4)], []], ("none", [])),
        (["all", "all"], [[(0, 1)], [(2, 3)]], ("none", [])),
    ],
    ids=["overlap", "one sees nothing", "at other times"],
)
def test_both_describers_must_see_it(seen, spans, both):
    assert both_see(seen, spans) == both
