"""Simulated clips with their truth, sent through the vision room: many in parallel, or the demo.

A clip is a pure function of `(seed, index)` and the request, so a run can be stopped, resumed,
widened or split over machines and always gives the same clips.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
from pydantic import Field

from leglift.errors import LegliftError
from leglift.params import VisionParams, load_params, params_sha256
from leglift.synth.batch import clip_id, in_workers, need_extra, whole
from leglift.synth.body import BodyParams, Frozen
from leglift.synth.clip import write_clip
from leglift.synth.draw import draw_sample
from leglift.synth.looks import Clothes
from leglift.synth.motion import Programme, Rep, rep_truth
from leglift.synth.pose import ArmPose
from leglift.synth.sample import Recording, Room, Sample
from leglift.synth.scene import Camera, Light

if TYPE_CHECKING:
    from leglift.vision.pose import PoseBundle

DEMO_COMMAND = "leglift study synth --demo --out data/demo"
CONVENTIONS = (
    "leg elevation 0 deg along the floor, 90 deg perpendicular; pelvic tilt relative to the same "
    "body's flat position; trunk length is hip joint to shoulder joint; a rep starts when the legs "
    "leave the bottom, its top is the middle of the hold, it ends when the bottom is reached"
)


class Request(Frozen):
    """What a run asks of every clip; part of each clip's document."""

    seed: int = Field(ge=0)
    max_fps: float = Field(default=30.0, gt=0, le=60)  # frame rates above are capped
    reps: tuple[int, int] = (4, 8)  # fewest and most reps of a clip
    prints: bool = True  # patterned cloth and waistbands occur
    unsteady: bool = False  # half the sets swing, half tremble
    photos: bool = Field(default=False, exclude_if=lambda asked: not asked)
    """Whether photographs cover floor, wall and mat."""


class Made(NamedTuple):
    """What became of one clip: `new`, `kept` or `failed`, and why."""

    clip_id: str
    state: str
    n_frames: int
    problem: str


def clip_truth(sample: Sample, frames: pd.DataFrame) -> dict[str, Any]:
    """Describe a clip: its reps and everything it was made of."""
    reps = rep_truth(sample.programme, frames).round(4)
    return {
        "conventions": CONVENTIONS,
        "reps": json.loads(reps.to_json(orient="records")),
        "sample": sample.model_dump(),
    }


def write_document(document: dict[str, Any], path: Path) -> None:
    """Write a clip's truth as JSON."""
    path.write_text(json.dumps(document, indent=2) + "\n")


def demo_sample() -> Sample:
    """Describe the demo clip, a lowering test as filming.md asks for it.

    Arms folded across the chest, camera at mat height; the back pressed flat, let go and pressed
    flat; two flat repetitions, then one that arches while lowering.
    """
    flat = Rep(lift_s=1.3, top_s=0.4, lowering_s=3.4, bottom_s=0.3, low_deg=10, top_deg=88)
    arched = flat.model_copy(update={"arch": "onset", "peak_tilt_deg": 24.0, "onset_deg": 47.0})
    return Sample(
        seed=7,
        body=BodyParams(gender=0.75, age=0.67, muscle=0.65, weight=0.42, height=0.55),
        clothes=Clothes(),
        arms=ArmPose(name="chest", upper_deg=52, fore_deg=-95, elbow_z_m=0.12, wrist_z_m=0.25),
        programme=Programme(
            reps=(flat, flat, arched), lead_s=5.4, tail_s=0.3, shown_tilt_deg=20.0, tremor_deg=0.1
        ),
        camera=Camera(
            azimuth_deg=4.0,
            elevation_deg=-2.0,
            target_m=(-0.37, 0.0, 0.46),
            distance_m=4.6,
            fov_deg=30.5,
            width_px=854,
            height_px=480,
        ),
        light=Light(key=(0.95, 0.92, 0.86), sky=(0.62, 0.64, 0.67)),
        room=Room(),
        recording=Recording(),
    )


def write_demo(out_dir: Path) -> None:
    """Write `leg_lifts.mp4`, `truth.parquet` and `truth.json` of the demo clip."""
    need_extra()
    sample = demo_sample()
    with whole(out_dir) as work:
        frames = write_clip(sample, work / "leg_lifts.mp4")
        frames.to_parquet(work / "truth.parquet", index=False)
        about = {"command": DEMO_COMMAND, "video": "leg_lifts.mp4"}
        write_document({**about, **clip_truth(sample, frames)}, work / "truth.json")


def write_sampled(
    sample: Sample,
    about: dict[str, Any],
    out_dir: Path,
    bundle: PoseBundle,
    params: VisionParams,
    keep_video: bool,
) -> dict[str, Any]:
    """Render a sample, look at it as at any video, and keep the tables; its document comes back.

    `NAME.parquet` is the vision room's table, `NAME.truth.parquet` the truth per frame, `NAME.json`
    the document; NAME is the `clip_id` of `about`. The video goes unless `keep_video`.
    """
    from leglift.vision.extract import extract_clip

    name = about["clip_id"]
    with whole(out_dir) as work:
        video = work / f"{name}.mp4"
        frames = write_clip(sample, video)
        frames.to_parquet(work / f"{name}.truth.parquet", index=False)
        meta = extract_clip(video, work / f"{name}.parquet", bundle, params)
        seen = {"n_frames": meta.n_frames, "detected_frac": round(meta.detected_frac, 4)}
        document = {**about, **seen, **clip_truth(sample, frames)}
        write_document(document, work / f"{name}.json")
        if not keep_video:
            video.unlink()
    return document


def one_clip(
    index: int,
    request: Request,
    out_dir: Path,
    bundle: PoseBundle,
    params: VisionParams,
    keep_video: bool = False,
) -> Made:
    """Make clip `index` of a run unless it is there and was made for the same request.

    A clip that fails is told in what comes back: the others go on.
    """
    name, asked = clip_id(request.seed, index), request.model_dump(mode="json")
    made_with = {**asked, "pose_sha256": bundle.sha256, "params_sha256": params_sha256(params)}
    document = out_dir / f"{name}.json"
    if document.is_file():
        made = json.loads(document.read_text())
        if made["made_with"] == made_with:
            return Made(name, "kept", made["n_frames"], "")
    about = {"clip_id": name, "person_id": name, "index": index, "made_with": made_with}
    try:
        sample = draw_sample(request.seed, index, **request.model_dump(exclude={"seed"}))
        made = write_sampled(sample, about, out_dir, bundle, params, keep_video)
    except Exception as error:  # whatever goes wrong with one body is no reason to stop
        return Made(name, "failed", 0, f"{type(error).__name__}: {error}")
    return Made(name, "new", made["n_frames"], "")


def run_synth(
    n: int, request: Request, out_dir: Path, pose: str, jobs: int, keep_videos: bool
) -> int:
    """Make a run's clips with progress and print what became of them; returns the exit code."""
    from leglift.vision.pose import find_bundle

    need_extra()
    make = partial(
        one_clip,
        request=request,
        out_dir=out_dir,
        bundle=find_bundle(pose),
        params=load_params().vision,
        keep_video=keep_videos,
    )
    return report(in_workers(make, n, jobs), out_dir)


def report(clips: list[Made], out_dir: Path) -> int:
    """Print what failed to stderr and the counts to stdout; returns the exit code."""
    for clip in clips:
        if clip.state == "failed":
            sys.stderr.write(f"leglift: {clip.clip_id}: {clip.problem}\n")
    counts = Counter(clip.state for clip in clips)
    said = ", ".join(f"{count} {state}" for state, count in counts.most_common())
    sys.stdout.write(f"{said}; {sum(clip.n_frames for clip in clips)} frames in {out_dir}\n")
    return LegliftError.exit_code if "failed" in counts else 0
