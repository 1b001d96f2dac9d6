from __future__ import annotations

import numpy as np
import pytest

from leglift.synth.clip import Sample
from leglift.synth.motion import Programme, Rep, duration_s, make_motion, rep_starts_s
from leglift.synth.sample import draw_sample


def test_legs_reach_the_programmed_angles(short_sample: Sample) -> None:
    motion = make_motion(short_sample.programme, seed=0)
    assert motion.elevation_deg.max() == pytest.approx(85, abs=0.5)
    assert motion.elevation_deg.min() == pytest.approx(10, abs=0.01)
    assert len(motion.time_s) == round(duration_s(short_sample.programme) * 15)


def test_only_the_arched_rep_tilts_and_only_below_its_onset(short_sample: Sample) -> None:
    motion = make_motion(short_sample.programme, seed=0)
    flat, arched = motion.rep_idx == 0, motion.rep_idx == 1
    assert motion.tilt_deg[flat].max() < 0.5
    assert motion.tilt_deg[arched].max() == pytest.approx(20, abs=2.5)
    high = arched & (motion.elevation_deg[:, 0] > 65)
    assert motion.tilt_deg[high].max() < 1.0


def test_one_leg_moves_the_other_waits() -> None:
    programme = Programme(reps=(Rep(legs="left", top_deg=80.0),), still_leg_deg=3.0)
    motion = make_motion(programme, seed=0)
    assert motion.elevation_deg[:, 0].max() > 79
    assert np.allclose(motion.elevation_deg[:, 1], 3.0)


def test_reps_start_one_after_the_other(short_sample: Sample) -> None:
    starts = rep_starts_s(short_sample.programme)
    assert starts == pytest.approx([0.2, 0.2 + 0.7 + 0.1 + 0.9 + 0.1])


def test_legs_say_nothing_about_the_arch() -> None:
    """AUC of every leg quantity against "this rep arches" stays near one half."""
    reps = [rep for k in range(400) for rep in draw_sample(11, k).programme.reps]
    arched = np.array([rep.arch != "flat" and rep.peak_tilt_deg >= 8 for rep in reps])
    assert 0.3 < arched.mean() < 0.8
    for name in ("low_deg", "top_deg", "lift_s", "lowering_s", "bottom_s", "knee_deg"):
        value = np.array([getattr(rep, name) for rep in reps])
        order = value.argsort().argsort()
        n = arched.sum()
        auc = (order[arched].sum() - n * (n - 1) / 2) / (n * (len(reps) - n))
        assert auc == pytest.approx(0.5, abs=0.05), name


def test_samples_are_a_function_of_seed_and_index() -> None:
    assert draw_sample(5, 3) == draw_sample(5, 3)
    assert draw_sample(5, 3) != draw_sample(5, 4)
    assert draw_sample(5, 3) != draw_sample(6, 3)


def test_unknown_parameters_are_refused() -> None:
    with pytest.raises(ValueError, match="speed"):
        Rep.model_validate({"speed": 3})
