"""Simulated clips with their truth, sent through the vision room: many in parallel, or the demo.

A clip is a pure function of `(seed, index)` and the request, so a run can be stopped, resumed,
widened or split over machines and always gives the same clips.
"""

from __future__ import annotations

import importlib.util
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from leglift.errors import LegliftError, UsageError
from leglift.params import VisionParams, params_sha256
from leglift.synth.body import BodyParams
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
EXTRA = ("torch", "anny", "moderngl", "skimage")
SUMMARY = ["clip_id", "state", "n_frames", "detected_frac", "seconds", "problem"]
CONVENTIONS = (
    "leg elevation 0 deg along the floor, 90 deg perpendicular; pelvic tilt relative to the same "
    "body's flat position; trunk length is hip joint to shoulder joint; a rep starts when the legs "
    "leave the bottom, its top is the middle of the hold, it ends when the bottom is reached"
)


class Request(BaseModel):
    """What a run asks of every clip; part of each clip's document."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(ge=0)
    max_fps: float = Field(default=30.0, gt=0, le=60, description="frame rates above are capped")
    reps: tuple[int, int] = Field(default=(4, 8), description="fewest and most reps of a clip")
    prints: bool = Field(default=True, description="patterned cloth and waistbands occur")
    unsteady: bool = Field(default=False, description="half the sets swing, half tremble")
    photos: bool = Field(
        default=False, exclude_if=lambda asked: not asked,
        description="photographs cover floor, wall and mat",
    )  # fmt: skip


def need_extra() -> None:
    """Raise `UsageError` with the way out unless the extra's packages are there."""
    missing = [name for name in EXTRA if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"simulated bodies need {', '.join(missing)}: "
            "pip install torch==2.13.0 (a CPU build is enough), then pip install 'leglift[synth]'"
        )


def clip_id(seed: int, index: int) -> str:
    """Name of one clip and of the person in it."""
    return f"synth-{seed:04d}-{index:05d}"


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


def write_demo(out_dir: Path) -> dict[str, Any]:
    """Write `leg_lifts.mp4`, `truth.parquet` and `truth.json` of the demo clip."""
    need_extra()
    out_dir.mkdir(parents=True, exist_ok=True)
    sample = demo_sample()
    with tempfile.TemporaryDirectory(dir=out_dir, prefix=".tmp-") as work:
        video, table, document = (
            Path(work) / name for name in ("leg_lifts.mp4", "truth.parquet", "truth.json")
        )
        frames = write_clip(sample, video)
        frames.to_parquet(table, index=False)
        truth = {"command": DEMO_COMMAND, "video": video.name, **clip_truth(sample, frames)}
        write_document(truth, document)
        for path in (video, table, document):
            path.replace(out_dir / path.name)
    return truth


def is_current(document: Path, request: Request, bundle: PoseBundle, params: VisionParams) -> bool:
    """Whether a finished clip was made for this request, pose bundle and vision settings."""
    if not document.is_file():
        return False
    made = json.loads(document.read_text())
    return bool(made["made_with"] == _made_with(request, bundle, params))


def _made_with(request: Request, bundle: PoseBundle, params: VisionParams) -> dict[str, Any]:
    asked = request.model_dump(mode="json")
    return {**asked, "pose_sha256": bundle.sha256, "params_sha256": params_sha256(params)}


def write_sampled(
    sample: Sample,
    name: str,
    out_dir: Path,
    bundle: PoseBundle,
    params: VisionParams,
    about: dict[str, Any],
    keep_video: bool = False,
) -> dict[str, Any]:
    """Render a sample, look at it as at any video, and keep the tables; its document comes back.

    `NAME.parquet` is the vision room's table, `NAME.truth.parquet` the truth per frame, `NAME.json`
    comes last and says that the clip is whole. The video goes unless `keep_video`.
    """
    from leglift.vision.extract import extract_clip

    with tempfile.TemporaryDirectory(dir=out_dir, prefix=".tmp-") as work:
        paths = [Path(work) / f"{name}{end}" for end in (".mp4", ".parquet", ".truth.parquet")]
        document = Path(work) / f"{name}.json"
        frames = write_clip(sample, paths[0])
        frames.to_parquet(paths[2], index=False)
        meta = extract_clip(paths[0], paths[1], bundle, params)
        seen = {"n_frames": meta.n_frames, "detected_frac": round(meta.detected_frac, 4)}
        truth = {**about, **seen, **clip_truth(sample, frames)}
        write_document(truth, document)
        for path in [*paths[0 if keep_video else 1 :], document]:
            path.replace(out_dir / path.name)
    return truth


def one_clip(
    index: int,
    request: Request,
    out_dir: Path,
    bundle: PoseBundle,
    params: VisionParams,
    keep_video: bool = False,
) -> dict[str, Any]:
    """Make clip `index` of a run unless it is there already; a row of `SUMMARY` comes back.

    A clip that fails is told in its row: the others go on.
    """
    # Workers share the cores: the renderer's own threads would only fight over them.
    os.environ.setdefault("LP_NUM_THREADS", "1")
    name, started, problem = clip_id(request.seed, index), time.monotonic(), ""
    document = out_dir / f"{name}.json"
    state = "kept" if is_current(document, request, bundle, params) else "new"
    if state == "new":
        about = {"clip_id": name, "person_id": name, "index": index}
        about["made_with"] = _made_with(request, bundle, params)
        try:
            asked = request.model_dump(exclude={"seed"})
            sample = draw_sample(request.seed, index, **asked)
            write_sampled(sample, name, out_dir, bundle, params, about, keep_video)
        except Exception as error:  # whatever goes wrong with one body is no reason to stop
            state, problem = "failed", f"{type(error).__name__}: {error}"
    seen = json.loads(document.read_text()) if state != "failed" else {}
    return {
        "clip_id": name,
        "state": state,
        "n_frames": seen.get("n_frames", 0),
        "detected_frac": seen.get("detected_frac", 0.0),
        "seconds": round(time.monotonic() - started, 1),
        "problem": problem,
    }


def generate(
    n: int,
    request: Request,
    out_dir: Path,
    bundle: PoseBundle,
    params: VisionParams,
    jobs: int = 1,
    keep_videos: bool = False,
) -> Iterator[dict[str, Any]]:
    """Make `n` clips, each in one process of `jobs`; yields a row of `SUMMARY` a clip.

    Clips that are in `out_dir` and were made for the same request are kept.
    """
    from joblib import Parallel, delayed, parallel_config

    out_dir.mkdir(parents=True, exist_ok=True)
    tasks = (
        delayed(one_clip)(index, request, out_dir, bundle, params, keep_videos)
        for index in range(n)
    )
    with parallel_config(backend="loky", inner_max_num_threads=1):
        rows = Parallel(n_jobs=jobs, return_as="generator_unordered", pre_dispatch="2*n_jobs")
        yield from cast("Iterator[dict[str, Any]]", rows(tasks))


def run_synth(
    n: int, request: Request, out_dir: Path, pose: str, jobs: int, keep_videos: bool
) -> int:
    """Make a run's clips with progress and print what became of them; returns the exit code."""
    from rich.progress import track

    from leglift.console import quiet_libraries
    from leglift.params import load_params
    from leglift.vision.pose import find_bundle

    need_extra()
    bundle, params = find_bundle(pose), load_params().vision
    with quiet_libraries(verbose=False) as console:
        rows = track(
            generate(n, request, out_dir, bundle, params, jobs, keep_videos),
            description="rendering",
            total=n,
            console=console,
            disable=not console.is_terminal,
        )
        summary = pd.DataFrame(rows, columns=SUMMARY).sort_values("clip_id")
    return report(summary, out_dir)


def report(summary: pd.DataFrame, out_dir: Path) -> int:
    """Print what failed to stderr and the counts to stdout; returns the exit code."""
    import sys

    for row in summary[summary["state"] == "failed"].itertuples():
        sys.stderr.write(f"leglift: {row.clip_id}: {row.problem}\n")
    counts = summary["state"].value_counts().to_dict()
    said = ", ".join(f"{count} {state}" for state, count in counts.items())
    frames = int(summary["n_frames"].sum())
    sys.stdout.write(f"{said}; {frames} frames in {out_dir}\n")
    return LegliftError.exit_code if "failed" in counts else 0
