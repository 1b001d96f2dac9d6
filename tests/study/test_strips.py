"""Strips of a stick figure whose every place is known, and the pictures' own arithmetic."""

from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pandas as pd
import pytest

from clips import painted, write_video
from factories import (
    Back,
    Body,
    Camera,
    Clip,
    Lifts,
    frame_times,
    silhouettes_px,
    skeleton,
    to_px,
    write_clip,
)
from leglift.errors import UsageError
from leglift.motion.segment import segment_clip
from leglift.params import load_params
from leglift.study.clips import write_flicker
from leglift.study.crops import (
    CELL_PX,
    WAIST_PX,
    anaglyph,
    captioned,
    cover,
    crop,
    pixelate,
    ruler,
    settle,
    sheet,
    shifted,
    stretch,
)
from leglift.study.labelling import run_strips
from leglift.study.strip_moments import (
    Course,
    Moment,
    find_lifter,
    first_above,
    first_below,
    flattest_s,
    rep_moments,
)
from leglift.study.strips import (
    clip_strips,
    compose,
    cut,
    opaque_code,
    plan_rep,
    reps_to_rate,
    waist_moments,
)

SMALL = Camera(width_px=640, height_px=360, trunk_px=110.0, shoulder_px=(220.0, 260.0), fps=10.0)
MIRRORED = replace(SMALL, feet_right=False, near_side="left", shoulder_px=(420.0, 260.0))
ARCHING = Body(near_leg=Lifts(n=2).course, back=Back(rise_norm=0.08))
RED = (255, 0, 0)


def trace(*points: tuple[float, float]) -> pd.DataFrame:
    """Leg angle along straight lines between (seconds, degrees)."""
    time_s = np.arange(points[0][0], points[-1][0] + 1e-9, 0.05)
    angle = np.interp(time_s, *zip(*points, strict=True))
    return pd.DataFrame({"time_s": time_s, "angle_deg": angle})


def film(path: Path, clip: Clip) -> Path:
    """The figure in grey on a wall of noise, its near shoulder a red dot."""
    ground = painted(1, clip.camera.height_px, clip.camera.width_px)[0] // 4
    times = frame_times(clip)
    body = skeleton(clip.body, times)
    frames = []
    for i, rings in enumerate(silhouettes_px(clip, times)):
        frame = ground.copy()
        for ring in rings:
            cv2.fillPoly(frame, [np.round(ring).astype(np.int32)], (190, 190, 190))
        dot = to_px(clip.camera, body["near_shoulder"][i], times[i])
        cv2.circle(frame, tuple(int(v) for v in np.round(dot)), 4, RED, -1)
        frames.append(frame)
    return write_video(path, frames, list(times), fps=10, lossless=True)


def table_of_reps(table: Path) -> pd.DataFrame:
    motion = segment_clip(table, load_params())
    assert motion is not None
    about = {"clip_id": "c00000001", "exercise": "both_leg_raise", "exclusion": ""}
    return motion.reps.assign(**about, in_window=True)


@pytest.fixture(scope="module", params=[SMALL, MIRRORED], ids=["feet right", "feet left"])
def scene(request, tmp_path_factory):
    """Video, table and reps of two arching lifts."""
    folder = tmp_path_factory.mktemp("scene")
    clip = Clip(ARCHING, request.param)
    table = write_clip(folder / "c00000001.parquet", clip)
    return film(folder / "c00000001.mp4", clip), table, table_of_reps(table)


@pytest.fixture(scope="module")
def first_rep(scene):
    """Plan of the first rep, and its pictures by name."""
    video, table, reps = scene
    lifter = find_lifter(table, load_params())
    plan = plan_rep(lifter, reps.iloc[0], reps[["start_s", "end_s"]], "0123456789")
    return plan, {name: p for (_, name), p in cut(video, plan.tasks, {}, []).items()}


def test_codes_tell_nothing_and_depend_on_the_seed():
    codes = {opaque_code(seed, "c00000001", rep) for seed in ("v1", "v2") for rep in (1, 2)}
    assert len(codes) == 4
    assert all(len(code) == 10 and "c00000001" not in code for code in codes)
    assert opaque_code("v1", "c00000001", 1) == opaque_code("v1", "c00000001", 1)


def test_only_reps_of_used_clips_in_a_window_are_rated():
    reps = pd.DataFrame({"exclusion": ["", "", "duplicate"], "in_window": [True, False, True]})
    assert len(reps_to_rate(reps)) == 1


def test_moments_at_the_fixed_angles_on_both_ways():
    course = rep_moments(trace((0, 0), (1, 100), (2, 100), (4, -2)), (1, 2))
    lifting = [round(m.angle_deg) for m in course.moments if m.phase == "lifting"]
    assert lifting == [15, 30, 45, 60]
    lowering = [m.angle_deg for m in course.moments if m.phase == "lowering"]
    assert all(min(abs(a - deg) for a in lowering) < 3 for deg in (90, 60, 45, 30, 15))
    assert course.lowest.angle_deg == pytest.approx(-2)
    assert course.not_seen == ""
    times = [m.time_s for m in course.moments]
    assert times == sorted(times)
    assert len(times) == 12


def test_angles_that_are_not_passed_are_named_and_replaced():
    course = rep_moments(trace((0, 40), (1, 50), (3, 25)), (0.9, 1.1))
    assert course.not_seen == "lifting 15, 30, 60; lowering 60, 15"
    assert len(course.moments) == 12


def test_a_rep_that_begins_with_the_legs_up_has_no_lifting():
    course = rep_moments(trace((0, 80), (2, 0)), (0, 0.1))
    assert {m.phase for m in course.moments} == {"top", "lowering", "lowest"}


def test_the_top_is_looked_for_in_the_hold_only():
    course = rep_moments(trace((0, 0), (1, 60), (2, 0), (2.2, 90)), (0.9, 1.1))
    assert course.top.time_s == pytest.approx(1)


def test_first_crossings():
    way = np.array([0.0, 10, 20, 30, 20, 10])
    assert first_above(way, 15) == 2
    assert first_above(way, 40) is None
    assert first_above(way[2:], 15) is None
    assert first_below(way, 15, 3, 5) == 5
    assert first_below(way, 45, 3, 5) is None


def test_the_flat_reference_is_the_lowest_gap_within_the_reps():
    signals = pd.DataFrame({"time_s": np.arange(0, 10, 0.1)})
    signals["gap_norm"] = 0.05 - 0.04 * (abs(signals["time_s"] - 5) < 0.5)
    signals.loc[signals["time_s"] > 8, "gap_norm"] = 0.0
    spans = pd.DataFrame([(1.0, 3.0), (4.0, 6.0)])
    assert 4.5 <= flattest_s(signals, spans) <= 5.5
    assert np.isnan(flattest_s(signals.assign(gap_norm=np.nan), spans))


def test_the_waist_is_shown_without_a_reference_that_is_not_known():
    top, lowest = Moment("top", 1.0, 90.0), Moment("lowest", 3.0, 5.0)
    course = Course([top, Moment("lowering", 2.0, 33.0), lowest], top, lowest, "")
    assert list(waist_moments(course, float("nan"))) == ["waist0", "waist2", "waist3"]
    assert waist_moments(course, 0.5)["waist1"] == (0.5, "flat reference")
    assert waist_moments(course, 0.5)["waist2"][0] == 2.0


def test_crops_show_the_shoulder_at_one_place_and_the_trunk_at_one_length(first_rep):
    plan, pictures = first_rep
    spots = [red_spot(rgb) for name, rgb in pictures.items() if name.startswith("trunk")]
    assert len(spots) >= 8
    assert np.ptp(spots, axis=0).max() < 4
    unit_px = CELL_PX[0] / plan.placing.trunk_cell_norm
    centre = np.array(CELL_PX) / 2
    wanted = centre - unit_px * (0.6 * plan.placing.along + 0.08 * plan.placing.up)
    assert np.abs(np.median(spots, axis=0) - wanted).max() < 3


def red_spot(rgb):
    y, x = np.nonzero((rgb[..., 0] > 180) & (rgb[..., 1:].max(axis=2) < 90))
    return [x.mean(), y.mean()]


def test_the_rising_back_shows_in_the_waist_by_its_ruler(first_rep):
    """The figure's back rises by 8 % of the trunk; the grey edge in the crop does too."""
    plan, pictures = first_rep
    high, low = (waist_edge(pictures[name]) for name in ("waist0", "waist3"))
    percent_px = WAIST_PX[0] / plan.placing.waist_cell_norm / 100
    assert (high - low) / percent_px == pytest.approx(8, abs=1.5)


def waist_edge(rgb):
    """Lowest row of the grey body in the middle of the hollow, u = 0.67."""
    columns = rgb[:, WAIST_PX[0] // 2 - 45 : WAIST_PX[0] // 2 + 45]
    body = np.median(columns, axis=1).min(axis=1) > 130
    return np.flatnonzero(body).max()


def test_strips_key_and_films_of_a_clip(scene, tmp_path):
    video, table, reps = scene
    rows = clip_strips(video, table, reps, tmp_path, "v1", load_params(), [], slow=True)
    assert [row["rep"] for row in rows] == [1, 2]
    codes = [row["code"] for row in rows]
    names = [f"{c}{end}" for c in codes for end in (".png", "_flicker.mp4", "_slow.mp4")]
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(names)
    shape = cv2.imread(str(tmp_path / f"{codes[0]}.png")).shape
    assert 1500 <= shape[1] <= 1700
    assert shape[0] <= 1400
    rep = reps.iloc[0]
    with av.open(str(tmp_path / f"{codes[0]}_slow.mp4")) as slow:
        last_s = [f.time for f in slow.decode(video=0)][-1]
    assert last_s == pytest.approx(4 * (rep["end_s"] - rep["start_s"]), abs=2.5)


def test_a_strip_is_the_same_every_time(scene, first_rep):
    plan, pictures = first_rep
    again = {name: p for (_, name), p in cut(scene[0], plan.tasks, {}, []).items()}
    np.testing.assert_array_equal(compose(plan, pictures), compose(plan, again))


def test_the_key_must_lie_where_raters_do_not_look(tmp_path):
    with pytest.raises(UsageError, match="must lie outside"):
        run_strips(tmp_path, tmp_path / "s", tmp_path / "s" / "key.csv", "v1", 1, slow=False)


def test_crop_brings_the_point_to_the_middle_at_the_asked_scale():
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[28:33, 118:123] = 255
    out = crop(picture, np.array([120.0, 30.0]), 50.0, (200, 100))
    y, x = np.nonzero(out[..., 0] > 128)
    assert (x.mean(), y.mean()) == pytest.approx((100, 50), abs=2.5)
    assert len(np.unique(x)) == pytest.approx(5 * 4, abs=2)


def test_crop_is_grey_outside_the_frame():
    out = crop(np.full((40, 40, 3), 255, np.uint8), np.array([0.0, 20.0]), 40.0, (40, 40))
    assert (out[:, :15] == 60).all()
    assert (out[:, 25:] == 255).all()


def test_pixelate_hides_the_disc_and_nothing_else():
    picture = painted(1, 120, 160)[0]
    noisy = np.random.default_rng(0).integers(0, 255, picture.shape, dtype=np.uint8)
    out = pixelate(noisy, np.array([80.0, 60.0]), 30.0)
    y, x = np.mgrid[:120, :160]
    disc = np.hypot(x - 80, y - 60) <= 30
    np.testing.assert_array_equal(out[~disc], noisy[~disc])
    assert len(np.unique(out[disc].reshape(-1, 3), axis=0)) <= 25
    assert pixelate(noisy, np.array([np.nan, 0.0]), 30.0) is noisy


def test_cover_paints_the_polygon_in_shares_of_the_frame():
    picture = np.zeros((100, 200, 3), np.uint8)
    out = cover(picture, [np.array([[0, 0.5], [1, 0.5], [1, 1], [0, 1]])])
    assert (out[52:] == 90).all()
    assert not out[:49].any()
    assert not picture.any()


def test_settle_finds_a_small_shift_to_about_half_a_pixel():
    coarse = np.random.default_rng(0).integers(0, 255, (56, 99, 3), dtype=np.uint8)
    ground = cv2.resize(coarse, CELL_PX, interpolation=cv2.INTER_CUBIC)
    moved = shifted(ground, np.array([3.0, -2.0]))
    window = np.zeros(ground.shape[:2], bool)
    window[40:180, 60:340] = True
    assert settle(ground, moved, window) == pytest.approx([-3, 2], abs=0.6)


def test_what_did_not_move_is_grey_in_the_overlay():
    picture = painted(1, 64, 96)[0]
    same = anaglyph(picture, picture)
    assert (np.ptp(same, axis=2) == 0).all()
    assert np.ptp(anaglyph(picture, 255 - picture), axis=2).max() > 100


def test_ruler_has_a_mark_every_percent():
    out = ruler(np.zeros((100, 60, 3), np.uint8), 400.0)
    marks = np.flatnonzero(out[:, -1].any(axis=1) & (out[:, -1, 0] == 255))
    assert np.diff(marks).tolist() == [4] * (len(marks) - 1)
    assert marks.max() == 99


def test_captions_and_stretching_keep_the_size():
    picture = painted(1, 64, 320)[0]
    assert captioned(picture, "top 90 deg").shape == stretch(picture).shape == picture.shape
    np.testing.assert_array_equal(captioned(picture, "top")[40:], picture[40:])


def test_a_sheet_has_four_pictures_a_row():
    cell = np.zeros((CELL_PX[1], CELL_PX[0], 3), np.uint8)
    one, two = sheet([("a", [cell] * 4)]), sheet([("a", [cell] * 5)])
    assert one.shape[1] == two.shape[1]
    assert two.shape[0] - one.shape[0] == CELL_PX[1] + 5


def test_the_flicker_shows_both_pictures_in_turn(tmp_path):
    dark, light = np.zeros((64, 96, 3), np.uint8), np.full((64, 96, 3), 255, np.uint8)
    write_flicker(tmp_path / "f.mp4", dark, light)
    with av.open(str(tmp_path / "f.mp4")) as container:
        shown = [(f.time, f.to_ndarray(format="rgb24").mean()) for f in container.decode(video=0)]
    assert [round(t, 2) for t, _ in shown[:3]] == [0.0, 0.5, 1.0]
    assert all((mean > 128) == bool(i % 2) for i, (_, mean) in enumerate(shown))
