"""What cues rest on, against what was asked of simulated sets."""

import numpy as np
import pandas as pd
import pytest

from clips import ROOT
from leglift.simulated.cues import simulated_reps, steady_cues, true_sets
from leglift.synth.draw import draw_set


def truth_of(seed: int, n: int, unsteady: bool = False) -> pd.DataFrame:
    """Return the part of a run's true reps that tells which sets they are."""
    rows = [
        (f"synth-{seed:04d}-{index:05d}", k + 1, rep.knee_deg, 3)
        for index in range(n)
        for k, rep in enumerate(draw_set(seed, index, (3, 3), unsteady=unsteady).reps)
    ]
    return pd.DataFrame(rows, columns=["clip_id", "true_rep", "true_knee_deg", "n_true"])


def test_a_set_is_drawn_again_as_it_was_asked_for(params):
    truth = truth_of(9, 6, unsteady=True)
    sets = true_sets(truth, params.motion, unsteady=True)
    asked = [draw_set(9, index, (3, 3), unsteady=True) for index in range(6)]
    swings = [a.swing_deg > 0 for a in asked for _ in a.reps]
    assert (sets["true_swing_deg"] > 1).tolist() == swings
    trembles = pd.Series([a.tremor_deg for a in asked for _ in a.reps])
    assert trembles.corr(sets["true_shake_norm"]) == pytest.approx(1)
    another = truth.assign(true_knee_deg=truth["true_knee_deg"] + 1)
    with pytest.raises(ValueError, match="drawn again"):
        true_sets(another, params.motion, unsteady=True)


def test_quick_lifts_have_the_more_momentum(params):
    truth = truth_of(9, 30)
    sets = true_sets(truth, params.motion, unsteady=False)
    lift_s = [rep.lift_s for index in range(30) for rep in draw_set(9, index, (3, 3)).reps]
    rank = pd.Series(lift_s).rank().corr(sets["true_momentum_frac"].rank())
    assert rank < -0.6


def test_a_cue_is_deserved_by_the_truth_alone_and_unknown_is_not_said(params):
    reps = pd.DataFrame({
        "lowering_s": [1.0, np.nan, 3.5], "true_lowering_s": [1.5, 1.5, 3.5],
        "top_leg_angle_deg": 90.0, "true_top_deg": 90.0,
        "knee_angle_min_deg": 170.0, "true_knee_deg": 0.0,
    })  # fmt: skip
    said, deserved = steady_cues(reps, params.cues)["lowering faster than 3 s"]
    assert said.tolist() == [True, False, False]
    assert deserved.tolist() == [True, True, False]


def test_the_repository_s_runs_are_whole(params):
    reps = simulated_reps(ROOT / "data" / "synthetic", ("test",), params)
    assert reps["true_momentum_frac"].notna().mean() > 0.95
    assert reps["true_swing_deg"].notna().all()
