import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from unrendered import truth_table

from leglift.params import load_params
from leglift.synth import scene
from leglift.synth.actor import body_mesh, make_actor, pose_at, posed_surface
from leglift.synth.clip import write_clip
from leglift.synth.generate import (
    Request,
    clip_truth,
    demo_sample,
    generate,
    one_clip,
    write_sampled,
)
from leglift.synth.looks import Clothes
from leglift.synth.motion import make_motion, rep_truth
from leglift.synth.renderer import Renderer
from leglift.synth.room import room_meshes
from leglift.synth.sample import Sample
from leglift.vision.pose import find_bundle
from leglift.vision.table import read_meta

pytest.importorskip("anny")
pytest.importorskip("torch")
moderngl = pytest.importorskip("moderngl")

DEMO = Path(__file__).parents[2] / "data" / "demo"
BUNDLE, PARAMS = find_bundle("full"), load_params().vision


@pytest.fixture(scope="module")
def needs_display():
    try:
        moderngl.create_context(standalone=True, backend="egl").release()
    except Exception as error:
        pytest.skip(f"no off-screen OpenGL here: {error}")


def test_truth_equals_the_programme_and_tells_good_from_arched(short_sample):
    frames = truth_table(short_sample)
    motion = make_motion(short_sample.programme, short_sample.seed)
    assert frames.pelvic_tilt_deg.to_numpy() == pytest.approx(motion.tilt_deg, abs=0.1)
    assert frames.leg_elevation_deg.to_numpy() == pytest.approx(motion.elevation_deg[:, 0], abs=0.3)
    flat = frames[frames.pelvic_tilt_deg.abs() < 0.1]
    assert flat.lumbar_gap_mm.max() < 3.0
    assert flat.back_on_floor.all()
    reps = rep_truth(short_sample.programme, frames)
    assert reps.label.tolist() == ["good", "arched"]
    assert np.isnan(reps.onset_deg[0])
    assert 35 < reps.onset_deg[1] < 50


def test_a_back_arched_at_rest_is_not_an_arched_rep(short_sample):
    programme = short_sample.programme.model_copy(update={"rest_tilt_deg": 10.0})
    sample = short_sample.model_copy(update={"programme": programme})
    reps = rep_truth(programme, truth_table(sample))
    assert reps.label[0] == "good"


@pytest.mark.usefixtures("needs_display")
def test_the_same_sample_gives_the_same_clip(short_sample, tmp_path):
    tables = [write_clip(short_sample, tmp_path / name) for name in ("a.mp4", "b.mp4")]
    pd.testing.assert_frame_equal(*tables)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


@pytest.fixture
def drawn(short_sample, needs_display):
    """A renderer and the surface of a frame of the short sample."""

    def drawn(frame_idx: int):
        actor, motion = make_actor(short_sample), make_motion(short_sample.programme, 0)
        room = room_meshes(short_sample.room, short_sample.camera)
        renderer = Renderer(short_sample.camera, short_sample.light, body_mesh(actor), room, 0)
        posed = pose_at(short_sample, actor, motion, frame_idx)
        return renderer, posed_surface(short_sample, actor, posed)

    return drawn


def test_the_body_is_drawn_where_the_truth_says(short_sample, drawn):
    """The hip's pixel changes when the body is taken out of the picture."""
    renderer, (vertices, normals) = drawn(0)
    there, gone = renderer.draw(vertices, normals), renderer.draw(vertices + 100.0, normals)
    renderer.close()
    hip = truth_table(short_sample, every=1000).iloc[0]
    x, y = int(hip.left_hip_x_px), int(hip.left_hip_y_px)
    assert np.abs(there[y, x].astype(int) - gone[y, x]).max() > 20


def test_shading_only_part_of_the_floor_changes_no_pixel(short_sample, drawn, monkeypatch):
    size = (short_sample.camera.width_px, short_sample.camera.height_px)
    pictures, drawn_px = [], []
    for part in (scene.box_px, lambda matrix, corners, size: (0, 0, *size)):
        monkeypatch.setattr(scene, "box_px", part)
        renderer, surface = drawn(12)
        pictures.append(renderer.draw(*surface).copy())
        shaded = scene.shaded_box_m(renderer.toward_light, surface[0])
        drawn_px.append(np.prod(part(renderer.view_projection, shaded, size)[2:]))
        renderer.close()
    np.testing.assert_array_equal(*pictures)
    assert drawn_px[0] < 0.7 * drawn_px[1]


@pytest.mark.usefixtures("needs_display")
def test_long_hair_is_drawn_beyond_the_head(short_sample):
    """A ponytail reaches past the head along the floor and turns with the head."""
    worn = Clothes(hair_style="tail", hair_length_m=0.3)
    with_tail = short_sample.model_copy(update={"clothes": worn})
    ends = []
    for sample in (short_sample, with_tail):
        actor, motion = make_actor(sample), make_motion(sample.programme, 0)
        assert len(actor.weights) == len(actor.colours) == len(actor.loose)
        vertices, _ = posed_surface(sample, actor, pose_at(sample, actor, motion, 0))
        assert vertices[:, 2].min() >= 0.0
        head = vertices[actor.weights[:, actor.body.bone("head")] > 0.9]
        ends.append(head[:, 0].max())
    assert 0.15 < ends[1] - ends[0] < 0.35


@pytest.mark.usefixtures("needs_display")
def test_a_clip_becomes_tables_and_its_video_goes(short_sample, tmp_path):
    document = write_sampled(short_sample, "x", tmp_path, BUNDLE, PARAMS, {"clip_id": "x"})
    assert document["reps"][1]["label"] == "arched"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.json", "x.parquet", "x.truth.parquet"]
    truth = pd.read_parquet(tmp_path / "x.truth.parquet")
    assert read_meta(tmp_path / "x.parquet").n_frames == len(truth) == document["n_frames"]
    assert json.loads((tmp_path / "x.json").read_text()) == json.loads(json.dumps(document))


@pytest.fixture
def quick(short_sample, monkeypatch):
    """Every body of a run is the short sample, in ten frames a second."""

    def draw(seed: int, index: int, *, max_fps: float, **_: object) -> Sample:
        if index == 1:
            raise RuntimeError("no such body")
        programme = short_sample.programme.model_copy(update={"fps": min(10.0, max_fps)})
        return short_sample.model_copy(update={"programme": programme})

    monkeypatch.setattr("leglift.synth.generate.draw_sample", draw)


@pytest.mark.usefixtures("needs_display", "quick")
def test_one_failure_does_not_stop_the_others(tmp_path):
    rows = list(generate(3, Request(seed=1), tmp_path, BUNDLE, PARAMS, jobs=1, keep_videos=True))
    assert [row["state"] for row in rows] == ["new", "failed", "new"]
    assert rows[1]["problem"] == "RuntimeError: no such body"
    names = {p.name for p in tmp_path.iterdir()}
    assert {f"synth-0001-{i:05d}.mp4" for i in (0, 2)} <= names
    assert not any(name.startswith(("synth-0001-00001", ".tmp")) for name in names)


@pytest.mark.usefixtures("needs_display", "quick")
def test_a_finished_clip_is_kept_until_something_else_is_asked(tmp_path):
    made = one_clip(0, Request(seed=1), tmp_path, BUNDLE, PARAMS)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()}
    kept = one_clip(0, Request(seed=1), tmp_path, BUNDLE, PARAMS)
    assert (made["state"], kept["state"]) == ("new", "kept")
    assert kept["n_frames"] == made["n_frames"] > 20
    assert {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()} == before
    slower = one_clip(0, Request(seed=1, max_fps=5.0), tmp_path, BUNDLE, PARAMS)
    assert slower["state"] == "new"
    assert slower["n_frames"] == pytest.approx(made["n_frames"] / 2, abs=1)


def test_the_demo_truth_is_what_the_code_gives():
    stored = pd.read_parquet(DEMO / "truth.parquet")
    fresh = truth_table(demo_sample())
    pd.testing.assert_frame_equal(fresh, stored, rtol=1e-6, atol=1e-6)
    document = json.loads((DEMO / "truth.json").read_text())
    expected = json.loads(json.dumps(clip_truth(demo_sample(), fresh)))
    assert document["sample"] == expected["sample"]
    for made, kept in zip(expected["reps"], document["reps"], strict=True):
        assert made == pytest.approx(kept, abs=2e-4, nan_ok=True)
