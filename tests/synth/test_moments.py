from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import pytest
from unrendered import held

from leglift.synth import body as bodies
from leglift.synth import scene, torso
from leglift.synth.actor import make_actor, pose_at, posed_surface
from leglift.synth.moments import (
    ARCHED_TILT_DEG,
    AZIMUTH_DEG,
    FLAT_TILT_DEG,
    as_motion,
    draw_moments,
    draw_series,
    settle,
)
from leglift.synth.pose import ArmPose
from leglift.synth.sample import Recording
from leglift.synth.stills import (
    edge_contrast,
    gap_truth,
    knee_inner_deg,
    lumbar_edge_m,
    visible_frac,
    write_series,
)


def test_half_of_the_backs_are_flat_and_the_others_spread():
    tilts = draw_moments(*map(np.random.default_rng, (2, 1)), 4000, feet_down=False).tilt_deg
    flat = (tilts >= FLAT_TILT_DEG[0]) & (tilts <= FLAT_TILT_DEG[1])
    assert flat.mean() == pytest.approx(0.5, abs=0.03)
    assert tilts[~flat].min() >= ARCHED_TILT_DEG[0]
    assert tilts[~flat].mean() == pytest.approx(np.mean(ARCHED_TILT_DEG), abs=0.5)


def test_another_back_leaves_the_legs_as_they_are():
    one, other = (
        draw_moments(*map(np.random.default_rng, (3, back)), 10, feet_down=False) for back in (4, 5)
    )
    assert (one.elevation_deg == other.elevation_deg).all()
    assert (one.knee_deg == other.knee_deg).all()
    assert (one.tilt_deg != other.tilt_deg).any()


def test_legs_say_nothing_about_the_back():
    streams = [map(np.random.default_rng, (2 * k, 2 * k + 1)) for k in range(200)]
    series = [draw_moments(legs, back, 10, False) for legs, back in streams]
    legs = np.concatenate([moments.elevation_deg[:, 0] for moments in series])
    tilts = np.concatenate([moments.tilt_deg for moments in series])
    assert abs(np.corrcoef(legs, tilts)[0, 1]) < 0.07


def test_contrast_is_the_step_across_the_edge():
    picture = np.full((20, 20, 3), 50, np.uint8)
    picture[10:] = 90
    edge = np.array([[5.0, 9.5], [12.0, 9.5]])
    assert edge_contrast(picture, edge, 3.0) == pytest.approx(40.0)
    assert np.isnan(edge_contrast(picture, edge + 100.0, 3.0))


def test_a_right_angle_at_the_knee():
    joints = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 2.0]])
    assert knee_inner_deg(joints) == pytest.approx(90.0)


@pytest.fixture(scope="module")
def series():
    """One body with raised legs, arms away from the waist, in tiny pictures."""
    pytest.importorskip("anny")
    drawn = next(s for s in (draw_series(2, k, 3) for k in range(9)) if not s.feet_down)
    camera = drawn.sample.camera.model_copy(update={"width_px": 160, "height_px": 90})
    small = {"camera": camera, "recording": Recording(samples=0, cell_m=0.012)}
    return replace(drawn, sample=drawn.sample.model_copy(update=small))


@pytest.fixture(scope="module")
def actor(series):
    return make_actor(series.sample)


def test_feet_that_are_down_stay_where_they_are(series, actor):
    moments = as_motion(np.zeros((3, 2)), np.full(3, 95.0), np.array([0.0, 12.0, 26.0]))
    settled, motion = settle(replace(series, feet_down=True, moments=moments), actor)
    feet = []
    for idx in range(3):
        posed = pose_at(settled, motion, idx)
        sole = actor.body.part(actor.body.share("foot") > 0.6)
        assert abs(bodies.skin(sole, posed.transforms)[:, 2].min()) < 0.02
        feet.append(posed.joints_m[actor.body.bone("foot.L"), 0])
    assert np.ptp(feet) < 0.005


@pytest.mark.parametrize("tilt_deg", [0.0, 8.0, 20.0])
def test_the_gap_under_the_skin_is_that_of_a_clip(actor, tilt_deg):
    posed = held(actor, tilt_deg)
    gap = gap_truth(actor, posed, posed_surface(actor, posed)[0].astype(float))
    widest = torso.lumbar_gap_m(actor.trunk, bodies.skin(actor.trunk, posed.transforms))
    assert gap["gap_norm"] == pytest.approx(widest / actor.table.trunk_m)
    assert 0 <= gap["gap_mean_norm"] <= gap["gap_norm"]


@pytest.mark.parametrize(("name", "upper_deg", "seen"), [("sides", 14, 0.4), ("overhead", 150, 1)])
def test_an_arm_along_the_side_hides_the_waist(series, actor, name, upper_deg, seen):
    arms = ArmPose(name=name, upper_deg=upper_deg, fore_deg=upper_deg)
    camera = scene.Camera(azimuth_deg=0.0, elevation_deg=4.0)
    posing = replace(actor, sample=series.sample.model_copy(update={"arms": arms}))
    surface = posed_surface(actor, pose_at(posing, series.moments, 0))[0].astype(float)
    edge = lumbar_edge_m(actor, surface, camera)
    frac = visible_frac(actor, surface, edge, camera)
    assert frac <= seen if name == "sides" else frac == seen


def test_clear_series_leave_the_waist_free():
    pytest.importorskip("anny")
    drawn = [draw_series(3, k, clear=True) for k in range(12)]
    assert {s.sample.arms.name for s in drawn}.isdisjoint({"sides", "under_glutes"})
    assert {s.clothing for s in drawn} == {"bare", "fitted"}
    assert all(abs(s.sample.camera.azimuth_deg) <= AZIMUTH_DEG for s in drawn)
    assert drawn[0].sample == draw_series(3, 0, clear=True).sample


@pytest.mark.usefixtures("needs_display")
def test_the_same_index_gives_the_same_stills(series, tmp_path, monkeypatch):
    monkeypatch.setattr("leglift.synth.stills.draw_series", lambda *asked: series)
    first, second = (write_series(0, 2, 3, False, tmp_path) for _ in range(2))
    pd.testing.assert_frame_equal(pd.DataFrame(first), pd.DataFrame(second))
    assert [row["file"] for row in first] == [f"synth-0002-00000/{k:02d}.png" for k in range(3)]
    assert cv2.imread(str(tmp_path / first[0]["file"])).shape == (90, 160, 3)
    assert [p.name for p in tmp_path.iterdir()] == ["synth-0002-00000"]
