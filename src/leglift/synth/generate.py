"""Synthetic clips with their truth: the demo clip, and many sampled ones in parallel.

    python -m leglift.synth.generate demo --out data/demo
    python -m leglift.synth.generate many --n 100 --seed 1 --out DIR --jobs 2

A clip is a pure function of `(seed, index)`, so a run can be stopped, resumed, widened or split
over machines and always gives the same clips.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import pandas as pd

from leglift.synth.body import BodyParams
from leglift.synth.clip import Recording, Room, Sample, write_clip
from leglift.synth.looks import Clothes
from leglift.synth.motion import Programme, Rep, rep_truth
from leglift.synth.pose import ArmPose
from leglift.synth.sample import draw_sample
from leglift.synth.scene import Camera, Light

DEMO_COMMAND = "python -m leglift.synth.generate demo --out data/demo"
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "LP_NUM_THREADS")
CONVENTIONS = (
    "leg elevation 0 deg along the floor, 90 deg perpendicular; pelvic tilt relative to the same "
    "body's flat position; trunk length is hip joint to shoulder joint; a rep starts when the legs "
    "leave the bottom, its top is the middle of the hold, it ends when the bottom is reached"
)


def clip_id(seed: int, index: int) -> str:
    """Name of one clip and of the person in it."""
    return f"synth-{seed:04d}-{index:05d}"


def write_sample(sample: Sample, out_dir: Path, name: str, extra: dict[str, Any]) -> dict[str, Any]:
    """Write `NAME.mp4`, `NAME.truth.parquet` and, last, `NAME.json`, each by rename."""
    names = (f"{name}.mp4", f"{name}.truth.parquet", f"{name}.json")
    return _write(sample, out_dir, names, extra)


def _write(
    sample: Sample, out_dir: Path, names: tuple[str, str, str], extra: dict[str, Any]
) -> dict[str, Any]:
    out_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out_dir, prefix=".tmp-") as work:
        video, table, document = (Path(work) / n for n in names)
        frames = write_clip(sample, video)
        frames.to_parquet(table, index=False)
        truth = {**extra, "video": names[0], **clip_truth(sample, frames)}
        document.write_text(json.dumps(truth, indent=2) + "\n")
        for path in (video, table, document):
            path.replace(out_dir / path.name)
    return truth


def clip_truth(sample: Sample, frames: pd.DataFrame) -> dict[str, Any]:
    """Describe a clip: its reps and everything it was made of."""
    reps = rep_truth(sample.programme, frames).round(4)
    return {
        "conventions": CONVENTIONS,
        "reps": json.loads(reps.to_json(orient="records")),
        "sample": sample.model_dump(),
    }


def demo_sample() -> Sample:
    """Describe the demo clip: two flat repetitions, then one that arches while lowering."""
    flat = Rep(lift_s=1.4, top_s=0.4, lowering_s=2.6, bottom_s=0.4, low_deg=12, top_deg=86)
    arched = flat.model_copy(
        update={"arch": "onset", "peak_tilt_deg": 24.0, "onset_deg": 47.0, "bottom_s": 0.3}
    )
    return Sample(
        seed=7,
        body=BodyParams(gender=0.75, age=0.67, muscle=0.65, weight=0.42, height=0.55),
        clothes=Clothes(),
        arms=ArmPose(name="overhead", upper_deg=88, fore_deg=168, elbow_z_m=0.05, wrist_z_m=0.04),
        programme=Programme(reps=(flat, flat, arched), lead_s=0.4, tail_s=0.3, tremor_deg=0.1),
        camera=Camera(target_m=(-0.37, 0.0, 0.51), distance_m=4.6, fov_deg=30.0),
        light=Light(key=(0.95, 0.92, 0.86), sky=(0.62, 0.64, 0.67)),
        room=Room(),
        recording=Recording(),
    )


def demo(out_dir: Path) -> dict[str, Any]:
    """Write `leg_lifts.mp4`, `truth.parquet` and `truth.json` of the demo clip."""
    names = ("leg_lifts.mp4", "truth.parquet", "truth.json")
    return _write(demo_sample(), out_dir, names, {"command": DEMO_COMMAND})


def one_clip(seed: int, index: int, out_dir: Path) -> str:
    """Write one sampled clip unless it is already there; its name comes back."""
    name = clip_id(seed, index)
    if not (out_dir / f"{name}.json").exists():
        extra = {"clip_id": name, "person_id": name, "run_seed": seed, "index": index}
        write_sample(draw_sample(seed, index), out_dir, name, extra)
    return name


def generate(n: int, seed: int, out_dir: Path, jobs: int = 1) -> pd.DataFrame:
    """Write `n` sampled clips and `reps.parquet`, one row per rep of all of them.

    Clips that are already in `out_dir` are kept. One clip that fails does not stop the others; the
    first failure is raised at the end.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    errors: list[BaseException] = []
    # One thread per clip: numpy's and the renderer's own threads only fight over the cores.
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    # spawn: a forked child would inherit torch's and OpenGL's threads in an unknown state.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=jobs, mp_context=context) as pool:
        pending = [pool.submit(one_clip, seed, index, out_dir) for index in range(n)]
        for done, future in enumerate(as_completed(pending), start=1):
            error = future.exception()
            if error is not None:
                errors.append(error)
            sys.stderr.write(f"{done}/{n} {error or future.result()}\n")
    reps = collect(out_dir, [clip_id(seed, index) for index in range(n)])
    reps.to_parquet(out_dir / "reps.parquet", index=False)
    if errors:
        raise errors[0]
    return reps


def collect(out_dir: Path, names: list[str]) -> pd.DataFrame:
    """Rep truth of the clips that are there, with `clip_id`, `person_id` and the view."""
    tables = []
    for name in names:
        path = out_dir / f"{name}.json"
        if path.exists():
            document = json.loads(path.read_text())
            tables.append(pd.DataFrame(document["reps"]).assign(**_clip_columns(document)))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _clip_columns(document: dict[str, Any]) -> dict[str, Any]:
    sample = document["sample"]
    camera = {k: sample["camera"][k] for k in ("side", "azimuth_deg", "elevation_deg")}
    size = {k: sample["camera"][k] for k in ("distance_m", "width_px", "height_px")}
    worn = {k: sample["clothes"][k] for k in ("top_loose_m", "sag_frac")}
    ids = {k: document[k] for k in ("clip_id", "person_id")}
    return {**ids, **camera, **size, **worn, "arms": sample["arms"]["name"]}


def main(arguments: list[str] | None = None) -> None:
    """Command line of this module."""
    parser = argparse.ArgumentParser(prog="python -m leglift.synth.generate")
    commands = parser.add_subparsers(dest="command", required=True)
    demo_parser = commands.add_parser("demo", help="write the demo clip and its truth")
    many_parser = commands.add_parser("many", help="write sampled clips and their truth")
    for sub in (demo_parser, many_parser):
        sub.add_argument("--out", type=Path, required=True)
    many_parser.add_argument("--n", type=int, required=True)
    many_parser.add_argument("--seed", type=int, required=True)
    many_parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args(arguments)
    if options.command == "demo":
        sys.stdout.write(json.dumps(demo(options.out)["reps"], indent=2) + "\n")
    else:
        reps = generate(options.n, options.seed, options.out, options.jobs)
        sys.stdout.write(reps.to_string() + "\n")


if __name__ == "__main__":
    main()
