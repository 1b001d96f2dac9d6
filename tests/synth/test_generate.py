import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from unrendered import held, truth_table

from leglift.errors import LegliftError
from leglift.params import load_params
from leglift.synth import scene
from leglift.synth.actor import body_mesh, make_actor, pose_at, posed_surface
from leglift.synth.clip import write_clip
from leglift.synth.generate import Request, clip_truth, demo_sample, one_clip, run_synth
from leglift.synth.looks import Clothes
from leglift.synth.motion import make_motion, rep_truth
from leglift.synth.renderer import Renderer
from leglift.synth.room import room_meshes
from leglift.synth.sample import Sample
from leglift.vision.pose import find_bundle
from leglift.vision.table import read_meta

pytest.importorskip("anny")
pytest.importorskip("torch")

DEMO = Path(__file__).parents[2] / "data" / "demo"
BUNDLE, PARAMS = find_bundle("full"), load_params().vision


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
    """A renderer of the short sample, and the surface of one of its frames."""

    def drawn(frame_idx: int):
        actor, motion = make_actor(short_sample), make_motion(short_sample.programme, 0)
        camera, light = short_sample.camera, short_sample.light
        room = room_meshes(short_sample.room, camera)
        made = Renderer(camera, light, body_mesh(actor), room, 0)
        return made, posed_surface(actor, pose_at(actor, motion, frame_idx))

    return drawn


def test_the_body_is_drawn_where_the_truth_says(short_sample, drawn):
    """The hip's pixel changes when the body is taken out of the picture."""
    made, (vertices, normals) = drawn(0)
    there, gone = made.draw(vertices, normals), made.draw(vertices + 100.0, normals)
    made.close()
    hip = truth_table(short_sample, every=1000).iloc[0]
    x, y = int(hip.left_hip_x_px), int(hip.left_hip_y_px)
    assert np.abs(there[y, x].astype(int) - gone[y, x]).max() > 20


def test_shading_only_part_of_the_floor_changes_no_pixel(drawn, monkeypatch):
    pictures, boxes = [], []
    for part in (scene.shaded_px, lambda *given: (0, 0, *given[-1])):

        def seen(*given, part=part):
            boxes.append(part(*given))
            return boxes[-1]

        monkeypatch.setattr(scene, "shaded_px", seen)
        made, surface = drawn(12)
        pictures.append(made.draw(*surface).copy())
        made.close()
    np.testing.assert_array_equal(*pictures)
    assert np.prod(boxes[0][2:]) < 0.7 * np.prod(boxes[1][2:])


def test_long_hair_is_drawn_beyond_the_head(short_sample):
    """A ponytail reaches past the head along the floor and turns with the head."""
    worn = Clothes(hair_style="tail", hair_length_m=0.3)
    ends = []
    for sample in (short_sample, short_sample.model_copy(update={"clothes": worn})):
        actor = make_actor(sample)
        vertices, _ = posed_surface(actor, held(actor, tilt_deg=0.0))
        head = vertices[actor.drawn.share("head") > 0.9]
        ends.append(head[:, 0].max())
    assert 0.15 < ends[1] - ends[0] < 0.35


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
def test_clips_become_tables_and_one_failure_does_not_stop_the_others(tmp_path, capsys):
    code = run_synth(3, Request(seed=1), tmp_path, "full", jobs=1, keep_videos=False)
    assert code == LegliftError.exit_code
    told = capsys.readouterr()
    assert told.err.endswith("leglift: synth-0001-00001: RuntimeError: no such body\n")
    assert told.out.startswith("2 new, 1 failed; ")
    names = [f"synth-0001-{i:05d}" for i in (0, 2)]
    ends = (".json", ".parquet", ".truth.parquet")
    assert {p.name for p in tmp_path.iterdir()} == {name + end for name in names for end in ends}
    first, document = tmp_path / names[0], json.loads((tmp_path / f"{names[0]}.json").read_text())
    assert document["reps"][1]["label"] == "arched"
    truth = pd.read_parquet(f"{first}.truth.parquet")
    meta = read_meta(Path(f"{first}.parquet"))
    assert meta.n_frames == len(truth) == document["n_frames"]


@pytest.mark.usefixtures("needs_display", "quick")
def test_a_finished_clip_is_kept_until_something_else_is_asked(tmp_path):
    made = one_clip(0, Request(seed=1), tmp_path, BUNDLE, PARAMS, keep_video=True)
    assert (tmp_path / "synth-0001-00000.mp4").is_file()
    before = {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()}
    kept = one_clip(0, Request(seed=1), tmp_path, BUNDLE, PARAMS)
    assert kept == made._replace(state="kept")
    assert made.n_frames > 20
    assert {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()} == before
    slower = one_clip(0, Request(seed=1, max_fps=5.0), tmp_path, BUNDLE, PARAMS)
    assert slower.state == "new"
    assert slower.n_frames == pytest.approx(made.n_frames / 2, abs=1)


def test_the_demo_truth_is_what_the_code_gives():
    stored = pd.read_parquet(DEMO / "truth.parquet")
    fresh = truth_table(demo_sample())
    pd.testing.assert_frame_equal(fresh, stored, rtol=1e-6, atol=1e-6)
    document = json.loads((DEMO / "truth.json").read_text())
    expected = json.loads(json.dumps(clip_truth(demo_sample(), fresh)))
    assert document["sample"] == expected["sample"]
    for made, kept in zip(expected["reps"], document["reps"], strict=True):
        assert made == pytest.approx(kept, abs=2e-4, nan_ok=True)
