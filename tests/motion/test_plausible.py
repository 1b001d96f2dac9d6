"""What no body does is not judged, and what is not seen to its end is not good."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from factories import Back, Body, Camera, Lifts
from leglift.motion.back import GapRule, judge_back
from leglift.motion.plausible import (
    AS_FAR_AS_SEEN,
    BEGAN_UNSEEN,
    HALF_SEEN,
    TWO_BODIES,
    TWO_PEOPLE,
    body_measures,
    ends_unseen,
    implausible,
    known_leg_norm,
    with_doubt,
)
from leglift.verdict.watch import Watched
from leglift.vision.table import CUT_THUMB_DIFF, read_meta

REP = {
    "start_s": 1.0, "end_s": 5.0, "leg": "both", "lift_seen": True, "lowering_seen": True,
    "travel_deg": 75.0, "lowest_leg_angle_deg": 10.0, "top_leg_angle_deg": 85.0,
    "knee_angle_min_deg": 160.0, "peak_speed_deg_s": 120.0, "lift_s": 1.5, "lowering_s": 2.5,
    "leg_norm": 1.7, "stretch_frac": 1.05, "jump_norm": 0.02, "neighbour_frac": 0.0,
}  # fmt: skip
"""A slow, full leg raise."""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        (dict.fromkeys(REP, np.nan), ""),
        ({"leg": "near", "travel_deg": 30.0, "end_s": 1.6}, ""),  # a flutter kick
        ({"top_leg_angle_deg": 178.0}, ""),  # feet behind the head
        ({"lowering_s": 10.0}, ""),
        ({"knee_angle_min_deg": 25.0}, ""),
        ({"lowest_leg_angle_deg": -67.0}, "legs from -67 to 85 deg"),
        ({"top_leg_angle_deg": 245.0}, "legs from 10 to 245 deg"),
        ({"knee_angle_min_deg": 8.0}, "knees bent to 8 deg"),
        ({"end_s": 1.6}, "up and down in 0.6 s"),
        ({"end_s": 1.5, "leg": "near"}, "up and down in 0.5 s"),
        ({"peak_speed_deg_s": 1400.0}, "1400 deg a second"),
        ({"lowering_s": 19.5}, "lowered in 20 s: slow motion"),
        ({"lift_s": 16.0}, "lifted in 16 s: slow motion"),
        ({"leg_norm": 3.4}, "legs 3.4 times as long as the trunk"),
        ({"stretch_frac": 2.5}, TWO_BODIES),
        ({"jump_norm": 0.9}, TWO_BODIES),
        ({"neighbour_frac": 0.5}, TWO_PEOPLE),
    ],
)
def test_what_no_body_does_is_said_in_words(params, changes, words):
    said = implausible({**REP, **changes}, params.plausible)
    assert words in said
    assert bool(said) == bool(words)


def test_measures_of_a_body_that_stays_itself_and_of_one_that_jumps(motion_of, params):
    signals = motion_of(Body(near_leg=Lifts(n=1).course)).signals
    plain = body_measures(signals, "near", params.motion.grid_hz)
    measures = [plain[name] for name in ("leg_norm", "stretch_frac", "jump_norm")]
    assert measures == pytest.approx([1.65, 1.0, 0.0], abs=0.01)
    half = np.arange(len(signals)) > len(signals) / 2
    other = signals.assign(trunk_x_norm=signals["trunk_x_norm"] + half)
    jumps = body_measures(other, "near", params.motion.grid_hz)["jump_norm"]
    assert jumps == pytest.approx(1.0, abs=0.02)
    unseen = pd.DataFrame(np.nan, signals.index, signals.columns)
    assert np.isnan(list(body_measures(unseen, "near", 30.0).values())).all()


WHOLE = Lifts(n=2)
HALF_WAY, NEARLY_DOWN = ((*WHOLE.course[:-2], stop) for stop in ((0.9, 32.0), (1.3, 18.0)))


@pytest.mark.parametrize(
    ("course", "back", "verdicts", "words"),
    [
        (HALF_WAY, Back(), ["good", "cant_tell"], HALF_SEEN),
        (NEARLY_DOWN, Back(), ["good", "cant_tell"], HALF_SEEN),
        (HALF_WAY, Back(rise_norm=0.1, onset_deg=60.0), ["arched", "arched"], AS_FAR_AS_SEEN),
    ],
    ids=["half-way", "nearly down", "an arch that was seen stays one"],
)
def test_a_rep_that_is_not_seen_to_its_end_is_never_good(judged, course, back, verdicts, words):
    reps = judged(Body(near_leg=course, back=back), Camera(fps=30.0))
    assert reps["verdict"].tolist() == verdicts
    assert reps["reason"].str.endswith(words).tolist() == [False, True]
    assert reps["lowering_s"].isna().tolist() == [False, True]


def test_a_leg_at_rest_or_on_its_way_up_again_was_seen_to_the_end(params, judged):
    reps = judged(Body(near_leg=replace(WHOLE, n=3, low_deg=40.0).course))
    assert not reps.apply(ends_unseen, axis=1, params=params.plausible).any()
    assert reps["verdict"].tolist() == ["good"] * 3


@pytest.mark.parametrize(
    ("since_s", "rise_norm", "verdicts", "reason"),
    [
        (1.1, 0.0, ["good", "cant_tell"], BEGAN_UNSEEN),
        (1.8, 0.0, ["good", "cant_tell"], ""),
        (2.6, 0.0, ["good", "cant_tell"], ""),
        (0.1, 0.0, ["good", "good"], ""),
        (1.1, 0.1, ["arched", "arched"], BEGAN_UNSEEN),
    ],
    ids=["legs rise", "legs are up", "legs come down", "legs rest", "legs rise and it arched"],
)
def test_a_rep_that_a_hole_in_the_file_cuts_is_not_good(
    table_of, motion_of, params, since_s, rise_norm, verdicts, reason
):
    """The hole lies so long after the second of two lifts begins, at 3.4 s."""
    body = Body(near_leg=WHOLE.course, back=Back(rise_norm=rise_norm))
    hole_s = 3.4 + since_s
    camera = Camera(fps=30.0, cut_s=hole_s, cut_jump_norm=0.0, cut_thumb_diff=CUT_THUMB_DIFF)
    table = table_of(body, camera)
    seen = Watched(read_meta(table), motion_of(body, camera), 0, 0.0, table)
    reps = judge_back(seen.features(params), pd.DataFrame(), GapRule(params), params)
    assert reps["verdict"].tolist() == verdicts
    assert reps["reason"].iloc[1].endswith(reason)
    if reason:
        assert reps["after_hole_s"].isna().tolist() == [True, False]
        assert reps["lift_s"].isna().tolist() == [False, True]


@pytest.mark.parametrize(("odd", "doubted"), [(0, 0), (1, 1), (2, 8)])
def test_where_many_reps_are_impossible_none_of_the_shot_is_judged(params, odd, doubted):
    rows = [{**REP, "shot_idx": 0, "jump_norm": 0.9 if i < odd else 0.02} for i in range(8)]
    other = {**REP, "shot_idx": 1}
    doubt = with_doubt(pd.DataFrame([*rows, other]), params.plausible)["doubt"]
    assert (doubt != "").sum() == doubted
    assert doubt.iloc[-1] == ""


@pytest.mark.parametrize(("leg_norm", "known"), [(1.7, True), (3.4, False), (0.6, False)])
def test_heights_come_from_legs_that_a_body_has(params, leg_norm, known):
    """Heels 115 cm over the floor at 43 deg need a leg of 3.4 trunk lengths."""
    assert np.isfinite(known_leg_norm(leg_norm, params.plausible)) == known
