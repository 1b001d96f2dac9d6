"""The video of `leglift judge --annotate`: every frame at its time, and what is drawn on it."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pandas as pd
import pytest
from av.video.reformatter import ColorRange, Colorspace

from clips import demo_reps, write_shot, write_video
from command import leglift, names_in
from factories import Back, Body, Camera, Clip, Lifts, alternating, frame_times
from leglift.errors import UsageError
from leglift.params import load_params
from leglift.verdict.course import FLAT, LIFTED, UNSEEN
from leglift.verdict.drawing.annotate import annotate_video, live_table
from leglift.verdict.drawing.draw import VERDICT_HEX, iter_looks

PARAMS = load_params()
GROUND = (40, 90, 60)
ONE_REP = Lifts(n=1, rest_s=0.3, lift_s=0.6, hold_s=0.2, lowering_s=0.8)
LYING = Camera(width_px=640, height_px=360, trunk_px=110.0, shoulder_px=(220.0, 260.0))
WAYS = {
    "landscape": LYING,
    "portrait": Camera(360, 640, 80.0, (100.0, 400.0)),
    "240p": Camera(426, 240, 75.0, (150.0, 170.0)),
    "tiny": Camera(160, 90, 62.0, (30.0, 70.0)),
    "4K": Camera(3840, 2160, 700.0, (1200.0, 1500.0), fps=5.0),
    "variable rate": replace(LYING, jitter=0.8, seed=3),
    "3 frames a second": replace(LYING, fps=3.0),
    "everybody gone": replace(LYING, lost=((0.4, 0.6),)),
}
ARCHED = Body(near_leg=ONE_REP.course, back=Back(rise_norm=0.12))
CLIP = Clip(ARCHED, LYING)


def played(path: Path) -> SimpleNamespace:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        decoded = list(container.decode(stream))
        return SimpleNamespace(
            times_s=[float(frame.time) for frame in decoded],
            frames=[frame.to_ndarray(format="rgb24") for frame in decoded],
            coded=(stream.codec_context.name, stream.pix_fmt, len(container.streams)),
            colours=(decoded[0].colorspace, decoded[0].color_range),
            rotation_deg=int(decoded[0].rotation),
            pixel_shape=Fraction(stream.sample_aspect_ratio or 1),
        )


def filmed(path: Path, clip: Clip, rotation_deg: int = 0, ground=GROUND, **how) -> Path:
    """Write a plain video with a figure's frames and times, as a camera may have stored it."""
    camera, times_s = clip.camera, list(frame_times(clip))
    upright = np.full((camera.height_px, camera.width_px, 3), ground, np.uint8)
    frames = [np.rot90(upright, -rotation_deg // 90)] * len(times_s)
    return write_video(path, frames, times_s, rotation_deg=rotation_deg, **how)


@pytest.fixture(scope="module")
def annotated(judge_figure, tmp_path_factory):
    """Annotate a figure's video once; gives the judged clip, source and result as played."""

    @cache
    def made(clip: Clip, **how):
        folder = tmp_path_factory.mktemp("annotated")
        seen = judge_figure(clip, filmed(folder / "source.mp4", clip, **how))
        annotate_video(seen, folder / "drawn.mp4", PARAMS)
        assert names_in(folder) == ["drawn.mp4", "source.mp4"]
        return seen, folder

    def annotated(clip: Clip, **how):
        seen, folder = made(clip, **how)
        return seen, played(folder / "source.mp4"), played(folder / "drawn.mp4")

    return annotated


def differ(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.abs(one.astype(int) - other)


@pytest.mark.parametrize("way", WAYS)
def test_every_frame_is_there_at_its_own_time_and_in_its_shape(annotated, way):
    camera = WAYS[way]
    seen, source, drawn = annotated(Clip(ARCHED, camera))
    assert drawn.times_s == pytest.approx(source.times_s, abs=2e-5)
    assert drawn.coded == ("h264", "yuv420p", 1)
    height, width = drawn.frames[0].shape[:2]
    assert width / height == pytest.approx(camera.width_px / camera.height_px, rel=0.01)
    assert min(width, height) >= min(360, camera.width_px, camera.height_px)
    assert max(width, height) <= PARAMS.vision.max_side_px
    whole = seen.video.with_name("drawn.mp4").read_bytes()
    assert 0 < whole.index(b"moov") < whole.index(b"mdat")  # so that it plays while it loads


@pytest.mark.parametrize("rotation_deg", [90, 180])
def test_a_turned_video_comes_out_upright(annotated, rotation_deg):
    clip = Clip(ARCHED, WAYS["portrait"])
    _, _, upright = annotated(clip)
    _, source, drawn = annotated(clip, rotation_deg=rotation_deg)
    assert source.rotation_deg != 0 == drawn.rotation_deg
    assert drawn.frames[0].shape == upright.frames[0].shape == (640, 360, 3)
    assert differ(drawn.frames[10], upright.frames[10]).mean() < 1


def test_pixels_that_are_not_square_are_drawn_square(annotated):
    _, _, drawn = annotated(CLIP, pixel_shape=Fraction(4, 3))
    height, width = drawn.frames[0].shape[:2]
    assert width * drawn.pixel_shape / height == pytest.approx(640 * 4 / 3 / 360, rel=0.01)


CORNER = np.s_[60:120, 560:620]
SAID = (Colorspace.ITU709, ColorRange.JPEG)


@pytest.mark.parametrize(
    ("ground", "said"), [((200, 30, 30), None), ((30, 60, 210), None), ((200, 30, 30), SAID)]
)
def test_what_is_not_drawn_on_keeps_its_colour_and_what_is_said_of_it(annotated, ground, said):
    _, source, drawn = annotated(CLIP, ground=ground, colours=said)
    for before, after in zip(source.frames[::10], drawn.frames[::10], strict=True):
        assert differ(before[CORNER], after[CORNER]).max() <= 4
    if said:
        assert source.colours == said
        assert drawn.colours == (Colorspace.ITU709, ColorRange.MPEG)


def near_colour(rgb: np.ndarray, verdict: str) -> np.ndarray:
    return differ(rgb, np.array(list(bytes.fromhex(VERDICT_HEX[verdict][1:])))).max(axis=-1) < 40


def hollow_colours(seen, film) -> list[str]:
    """Verdict whose colour the lower back has in each frame, "" where none.

    An arch fills the gap; a back that is down has a line along it and no filled gap.
    """
    looks = dict(iter_looks(seen.table, seen.motion, PARAMS.back))
    said = []
    for i, rgb in enumerate(film.frames):
        trunk, scale = looks[i].trunk, rgb.shape[1] / seen.meta.width_px
        back = trunk.hollow[len(trunk.hollow) // 2]
        filled = near_colour(around(rgb, trunk.gap.mean(axis=0) * scale, 2), "arched").mean() > 0.5
        down = near_colour(around(rgb, back * scale, 3), "good").mean() > 0.15
        said.append("arched" if filled else "good" if down else "")
    return said


def around(rgb: np.ndarray, centre: np.ndarray, n: int) -> np.ndarray:
    x, y = centre
    return rgb[int(y) - n : int(y) + n + 1, int(x) - 4 : int(x) + 5]


def live(seen, times_s) -> pd.DataFrame:
    clock = pd.DataFrame({"frame_idx": range(len(times_s)), "time_s": times_s})
    return live_table(clock, seen.motion, seen.reps, seen.course)


def test_the_gap_turns_when_the_back_leaves_the_floor(annotated):
    flat = Back(flat_norm=0.06, rise_norm=0.12)
    seen, _, drawn = annotated(Clip(Body(near_leg=ONE_REP.course, back=flat), WAYS["portrait"]))
    state = live(seen, drawn.times_s)["state"]
    assert min((state == shown).sum() for shown in (LIFTED, FLAT, UNSEEN)) >= 3
    colours = state.map({LIFTED: "arched", FLAT: "good"}).fillna("")
    assert hollow_colours(seen, drawn) == colours.tolist()


GOOD = Clip(Body(near_leg=ONE_REP.course, back=Back(flat_norm=0.08)), LYING)
UNSURE = Clip(ARCHED, replace(LYING, off_axis_deg=50.0))


@pytest.mark.parametrize(("clip", "verdict"), [(GOOD, "good"), (UNSURE, "cant_tell")])
def test_a_back_is_never_orange_that_was_good_and_never_coloured_that_was_not_judged(
    annotated, clip, verdict
):
    seen, _, drawn = annotated(clip)
    assert [rep["verdict"] for rep in seen.document["reps"]] == [verdict]
    assert not any(near_colour(frame, "arched").any() for frame in drawn.frames)
    green = any(near_colour(frame, "good").sum() > 20 for frame in drawn.frames)
    assert green == ("good" in hollow_colours(seen, drawn)) == (verdict == "good")


@pytest.mark.parametrize("way", ["landscape", "portrait", "240p", "tiny", "4K"])
def test_words_stand_above_and_a_strip_of_the_reps_below_at_any_size(annotated, way):
    seen, _, drawn = annotated(Clip(ARCHED, WAYS[way]))
    (rep,) = seen.document["reps"]
    height, width = drawn.frames[0].shape[:2]
    begin, end = (round(rep[at] / seen.meta.duration_s * width) for at in ("start_s", "end_s"))
    for time_s, frame in zip(drawn.times_s, drawn.frames, strict=True):
        strip = frame[height - 2].astype(int)
        done = round(time_s / seen.meta.duration_s * width)
        assert strip[max(done - 8, 0) : done + 8].min(axis=1).max() > 200  # the white mark
        here, middle = near_colour(strip, "arched"), (begin + end) // 2
        assert here[middle] or abs(middle - done) < 12
        assert not here[: begin - 4].any()
    unit = min(height, width) / 180
    corner = drawn.frames[-1][: round(20 * unit), : round(120 * unit)]
    assert near_colour(corner, "arched").mean() > 0.15
    assert (corner.min(axis=2) > 200).mean() > 0.05  # white letters
    assert round(11 * unit) >= 14  # legible


@pytest.fixture
def lived(judge_figure):
    def lived(clip: Clip):
        seen = judge_figure(clip, Path("figure.mp4"))
        return seen, live(seen, frame_times(clip))

    return lived


def test_reps_are_counted_as_they_begin(lived):
    lifts = Lifts(n=3)
    seen, shown = lived(Clip(Body(near_leg=lifts.course)))
    assert len(seen.reps) == 3
    assert (shown["rep"].iloc[0], shown["verdict"].iloc[0]) == (0, "")
    assert shown["rep"].is_monotonic_increasing
    for number, (start_s, *_) in enumerate(lifts.phases, 1):
        begun = shown.loc[shown["rep"] == number, "time_s"].iloc[0]
        assert begun == pytest.approx(start_s, abs=0.25)
    assert set(shown.loc[shown["rep"] > 0, "verdict"]) == {"good"}


def test_the_angle_is_that_of_the_leg_that_lifts(lived):
    near, far = alternating(Lifts(n=2))
    seen, shown = lived(Clip(Body(near_leg=near, far_leg=far)))
    assert set(seen.reps["leg"]) == {"near", "far"}
    for rep in seen.reps.itertuples():
        top = shown.iloc[(shown["time_s"] - rep.top_s).abs().argmin()]
        assert top["leg"] == rep.leg
        assert top["leg_deg"] == pytest.approx(85, abs=3)


def test_shots_that_overlap_by_a_step_are_drawn(lived):
    seen, shown = lived(Clip(Body(near_leg=Lifts(n=2).course)))
    looks = dict(iter_looks(seen.table, seen.motion, PARAMS.back))
    signals, half = seen.motion.signals, len(seen.motion.signals) // 2
    signals = pd.concat([signals[: half + 2], signals[half:]], ignore_index=True)
    overlapping = replace(seen, motion=replace(seen.motion, signals=signals))
    assert live(overlapping, shown["time_s"]).equals(shown)
    assert list(looks) == list(dict(iter_looks(seen.table, overlapping.motion, PARAMS.back)))


def test_what_is_not_known_is_not_shown(lived):
    _, shown = lived(Clip(Body(near_leg=Lifts(n=2).course), Camera(lost=((4.0, 5.5),))))
    gone = shown["time_s"].between(4.2, 5.3)
    assert shown.loc[gone, "leg_deg"].isna().all()
    assert shown.loc[~shown["time_s"].between(3.8, 5.7), "leg_deg"].notna().all()
    assert set(shown.loc[gone, "state"]) == {UNSEEN}


def test_nothing_is_left_half_written(judge_figure, tmp_path):
    seen = judge_figure(CLIP, filmed(tmp_path / "source.mp4", CLIP))
    with pytest.raises(UsageError, match=r"drawn\.mp4: cannot be written"):
        annotate_video(seen, tmp_path / "source.mp4" / "drawn.mp4", PARAMS)
    (tmp_path / "drawn.mp4").write_text("old")

    def stop(n_frames, _):
        if n_frames == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        annotate_video(seen, tmp_path / "drawn.mp4", PARAMS, stop)
    assert (tmp_path / "drawn.mp4").read_text() == "old"
    assert names_in(tmp_path) == ["drawn.mp4", "source.mp4"]


@pytest.mark.slow
def test_judge_writes_all_that_is_asked_for(tmp_path):
    film = write_shot(tmp_path / "<script>alert(1)<.mp4", demo_reps(3, 3, step=3))
    page, drawn = tmp_path / "page.html", tmp_path / "drawn.mp4"
    asked = ("--json", "--model", "gap-rule", "--report", page, "--annotate", drawn)
    ran = leglift("judge", film, *asked, tmp=tmp_path)
    assert (ran.code, ran.err, ran.left) == (0, "", [])
    (document,) = ran.documents
    assert [rep["verdict"] for rep in document["reps"]] == ["arched"]
    html = page.read_text("utf-8")
    assert "&lt;script&gt;alert(1)" in html
    assert "<script" not in html
    assert json.dumps(document["model"]["sha256"])[1:-1] in html
    source, result = played(film), played(drawn)
    assert result.times_s == pytest.approx(source.times_s, abs=2e-5)
    assert any(near_colour(frame[60:], "arched").sum() > 30 for frame in result.frames)
