import numpy as np
import pandas as pd
import pytest

from leglift.synth.draw import draw_sample
from leglift.synth.draw_reps import draw_programme
from leglift.synth.draw_scene import match_mat
from leglift.synth.motion import Programme, Rep, duration_s, make_motion, rep_starts_s, rep_truth


def test_legs_reach_the_programmed_angles_and_the_back_tilts_below_its_onset(short_sample):
    motion = make_motion(short_sample.programme, seed=0)
    assert motion.elevation_deg.max() == pytest.approx(85, abs=0.5)
    assert motion.elevation_deg.min() == pytest.approx(10, abs=0.01)
    assert len(motion.time_s) == round(duration_s(short_sample.programme) * 15)
    assert rep_starts_s(short_sample.programme) == pytest.approx([0.2, 0.2 + 0.7 + 0.1 + 0.9 + 0.1])
    flat, arched = motion.rep_idx == 0, motion.rep_idx == 1
    assert motion.tilt_deg[flat].max() < 0.5
    assert motion.tilt_deg[arched].max() == pytest.approx(20, abs=2.5)
    high = arched & (motion.elevation_deg[:, 0] > 65)
    assert motion.tilt_deg[high].max() < 1.0


def test_one_leg_moves_the_other_waits():
    programme = Programme(reps=(Rep(legs="left", top_deg=80.0),), still_leg_deg=3.0)
    motion = make_motion(programme, seed=0)
    assert motion.elevation_deg[:, 0].max() > 79
    assert np.allclose(motion.elevation_deg[:, 1], 3.0)


@pytest.fixture(scope="module")
def programmes():
    """Sets of many people, legs and backs from streams of their own, as in a sample."""
    rng = [(np.random.default_rng([8, k]), np.random.default_rng([9, k])) for k in range(1000)]
    return [draw_programme(legs, arch, (5, 7), 10.0) for legs, arch in rng]


def test_the_legs_stream_and_the_backs_stream_never_touch():
    """Another back leaves the legs as they are, and other legs leave the back."""

    def draw(legs: int, back: int) -> Programme:
        return draw_programme(np.random.default_rng(legs), np.random.default_rng(back), (6, 6))

    leg_names = ("low_deg", "top_deg", "lift_s", "top_s", "lowering_s", "bottom_s", "knee_deg")
    for names, same, other in (
        ((*leg_names, "legs"), draw(1, 2), draw(1, 3)),
        (("arch", "peak_tilt_deg", "arch_while_lifting"), draw(1, 2), draw(4, 2)),
    ):
        for name in names:
            values = [[getattr(rep, name) for rep in p.reps] for p in (same, other)]
            assert values[0] == values[1], name
    onset = [(r.onset_deg - r.low_deg) / (r.top_deg - r.low_deg) for r in draw(1, 2).reps]
    moved = [(r.onset_deg - r.low_deg) / (r.top_deg - r.low_deg) for r in draw(4, 2).reps]
    assert onset == pytest.approx(moved, abs=1e-3)


def auc(value: np.ndarray, arched: np.ndarray) -> float:
    order, n = value.argsort().argsort(), arched.sum()
    return (order[arched].sum() - n * (n - 1) / 2) / (n * (len(value) - n))


def tilt_truth(programme: Programme, seed: int) -> pd.DataFrame:
    """Reps with labels from the programmed tilt, which is what the posed body does."""
    motion = make_motion(programme, seed)
    frames = pd.DataFrame({"time_s": motion.time_s, "pelvic_tilt_deg": motion.tilt_deg})
    leg = int(programme.reps[0].legs == "right")
    unknown = dict.fromkeys(("lumbar_gap_mm", "lumbar_gap_norm"), 0.0)
    moving = motion.elevation_deg[:, leg]
    return rep_truth(programme, frames.assign(leg_elevation_deg=moving, **unknown))


def test_labels_do_not_follow_the_tempo(programmes):
    """Nor does a slow rep give a wandering back more chances to arch."""
    reps = pd.concat([tilt_truth(p, k) for k, p in enumerate(programmes[:200])])
    arched = (reps.label == "arched").to_numpy()
    for name in ("lift_s", "lowering_s", "knee_deg"):
        assert auc(reps[name].to_numpy(), arched) == pytest.approx(0.5, abs=0.07), name
    free = reps[reps.arch == "free"]
    slow = (free.end_s - free.start_s) > (free.end_s - free.start_s).median()
    rates = (free.label == "arched").groupby(slow).mean()
    assert abs(rates[True] - rates[False]) < 0.15


def test_samples_are_a_function_of_seed_and_index_and_of_what_is_asked():
    free = draw_sample(5, 3)
    assert free == draw_sample(5, 3)
    assert free not in (draw_sample(5, 4), draw_sample(6, 3))
    asked = draw_sample(5, 3, reps=(2, 2), max_fps=10.0)
    assert (len(asked.programme.reps), asked.programme.fps) == (2, 10.0)
    assert (asked.body, asked.clothes, asked.light) == (free.body, free.clothes, free.light)
    assert asked.recording.shutter_frac < free.recording.shutter_frac  # as long, in seconds


def test_unknown_parameters_are_refused():
    with pytest.raises(ValueError, match="speed"):
        Rep.model_validate({"speed": 3})


def test_some_backs_never_lie_flat(programmes):
    """Arched at rest as well as in every rep: no moment of the clip is flat."""
    always = [p for p in programmes if all(r.arch == "throughout" for r in p.reps)]
    assert any(p.rest_tilt_deg > 8 for p in always)
    assert any(p.rest_tilt_deg == 0 for p in always)


def test_now_and_then_the_mat_has_the_shirts_shade():
    sample = draw_sample(5, 3)
    dark = sample.clothes.model_copy(update={"top": (0.02, 0.03, 0.02)})
    rooms = [match_mat(np.random.default_rng(k), dark, sample.room) for k in range(60)]
    changed = [room for room in rooms if room != sample.room]
    assert 0.2 < len(changed) / len(rooms) < 0.6
    surface = changed[0].mat or changed[0].floor
    assert max(surface.colour) < 0.3
