from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from leglift.synth.clip import (
    Sample,
    body_mesh,
    make_actor,
    pose_at,
    posed_surface,
    room_meshes,
    truth_table,
    write_clip,
)
from leglift.synth.generate import clip_truth, demo_sample, one_clip, write_sample
from leglift.synth.motion import make_motion, rep_truth
from leglift.synth.scene import Renderer

pytest.importorskip("anny")
pytest.importorskip("torch")
moderngl = pytest.importorskip("moderngl")

DEMO = Path(__file__).parents[2] / "data" / "demo"


@pytest.fixture(scope="module")
def needs_display() -> None:
    try:
        moderngl.create_context(standalone=True, backend="egl").release()
    except Exception as error:
        pytest.skip(f"no off-screen OpenGL here: {error}")


def test_truth_equals_the_programme(short_sample: Sample) -> None:
    frames = truth_table(short_sample)
    motion = make_motion(short_sample.programme, short_sample.seed)
    assert frames.pelvic_tilt_deg.to_numpy() == pytest.approx(motion.tilt_deg, abs=0.1)
    assert frames.leg_elevation_deg.to_numpy() == pytest.approx(motion.elevation_deg[:, 0], abs=0.3)
    flat = frames[frames.pelvic_tilt_deg.abs() < 0.1]
    assert flat.lumbar_gap_mm.max() < 3.0
    assert flat.back_on_floor.all()


def test_rep_truth_tells_good_from_arched(short_sample: Sample) -> None:
    reps = rep_truth(short_sample.programme, truth_table(short_sample))
    assert reps.label.tolist() == ["good", "arched"]
    assert np.isnan(reps.onset_deg[0])
    assert 35 < reps.onset_deg[1] < 50


def test_a_back_arched_at_rest_is_not_an_arched_rep(short_sample: Sample) -> None:
    programme = short_sample.programme.model_copy(update={"rest_tilt_deg": 10.0})
    sample = short_sample.model_copy(update={"programme": programme})
    reps = rep_truth(programme, truth_table(sample))
    assert reps.label[0] == "good"


@pytest.mark.usefixtures("needs_display")
def test_the_same_sample_gives_the_same_clip(short_sample: Sample, tmp_path: Path) -> None:
    tables = [write_clip(short_sample, tmp_path / name) for name in ("a.mp4", "b.mp4")]
    pd.testing.assert_frame_equal(*tables)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


@pytest.mark.usefixtures("needs_display")
def test_the_body_is_drawn_where_the_truth_says(short_sample: Sample) -> None:
    """The hip's pixel changes when the body is taken out of the picture."""
    actor = make_actor(short_sample)
    motion = make_motion(short_sample.programme, 0)
    room = room_meshes(short_sample.room, short_sample.camera)
    renderer = Renderer(
        short_sample.camera, short_sample.light, body_mesh(short_sample, actor), room, samples=0
    )
    vertices, normals = posed_surface(short_sample, actor, pose_at(short_sample, actor, motion, 0))
    there, gone = renderer.draw(vertices, normals), renderer.draw(vertices + 100.0, normals)
    renderer.close()
    hip = truth_table(short_sample, every=1000).iloc[0]
    x, y = int(hip.left_hip_x_px), int(hip.left_hip_y_px)
    assert np.abs(there[y, x].astype(int) - gone[y, x]).max() > 20


@pytest.mark.usefixtures("needs_display")
def test_a_finished_clip_is_kept(short_sample: Sample, tmp_path: Path) -> None:
    document = write_sample(short_sample, tmp_path, "synth-0001-00000", {"clip_id": "x"})
    assert document["reps"][1]["label"] == "arched"
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".json", ".mp4", ".parquet"]
    before = {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()}
    assert one_clip(1, 0, tmp_path) == "synth-0001-00000"
    assert {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()} == before


def test_the_demo_truth_is_what_the_code_gives() -> None:
    stored = pd.read_parquet(DEMO / "truth.parquet")
    fresh = truth_table(demo_sample())
    pd.testing.assert_frame_equal(fresh, stored, rtol=1e-6, atol=1e-6)
    document = json.loads((DEMO / "truth.json").read_text())
    expected = json.loads(json.dumps(clip_truth(demo_sample(), fresh)))
    assert document["sample"] == expected["sample"]
    for made, kept in zip(expected["reps"], document["reps"], strict=True):
        assert made == pytest.approx(kept, abs=2e-4, nan_ok=True)
