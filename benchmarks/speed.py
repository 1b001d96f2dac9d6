"""Speed of judging and extracting beside the pose model alone, on the same clips.

    python benchmarks/speed.py [VIDEO...] [--rounds 3]

The bare loop decodes the same frames and calls `detect_for_video` on them, with the same bundle
and masks on. Every way runs in a process of its own, one after the other and in turns, and its
middle round counts; imports are not measured, opening the model is. Without a VIDEO two clips of
15 s, 1280 x 720 at 30 fps are made from the demo clip. `memory.py` measures memory.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import av
from dressing import DEMO

from leglift.params import file_sha256

N_CLIPS, SIZE = 2, (1280, 720)

_IMPORTS = """
import sys, time
from dataclasses import replace
from pathlib import Path
import av, joblib, mediapipe as mp, numpy as np, pandas as pd
from mediapipe.tasks.python import BaseOptions, vision
from leglift.params import file_sha256
from leglift.verdict.batch import task_of
from leglift.verdict.judge import judge_video
from leglift.vision.corpus import extract_corpus
from leglift.vision.video import Reading
videos = [Path(name) for name in sys.argv[1:]]
task = task_of("full", "shipped")
params, bundle = task.params, task.bundle
start, busy = time.perf_counter(), time.process_time()
"""
_BARE = """
for video in videos:
    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(bundle.path)),
        running_mode=vision.RunningMode.VIDEO, output_segmentation_masks=True)
    with vision.PoseLandmarker.create_from_options(options) as landmarker, \\
            av.open(str(video)) as opened:
        opened.streams.video[0].thread_type = "AUTO"
        for frame in opened.decode(video=0):
            rgb = np.ascontiguousarray(frame.to_ndarray(format="rgb24"))
            landmarker.detect_for_video(
                mp.Image(image_format=mp.ImageFormat.SRGB, data=rgb), round(frame.time * 1000))
"""
_JUDGE = """
for video in videos:
    judge_video(video, replace(task, reading=Reading(max_fps={max_fps})))
"""
_EXTRACT = """
rows = pd.DataFrame({{"clip_id": [v.stem for v in videos], "n_people": 1,
                      "file": [v.name for v in videos],
                      "sha256": [file_sha256(v) for v in videos]}})
tables = videos[0].parents[1] / "tables{jobs}"
done = list(extract_corpus(rows, tables, bundle, params.vision, {jobs}))
assert [row["state"] for row in done] == ["new"] * len(videos), done
"""
_ON_ONE = """
import os
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
"""
_RESULT = """
seconds = time.perf_counter() - start
print("MEASURED", seconds, time.process_time() - busy)
"""

WAYS = {
    "bare landmarker loop": _BARE,
    "judge": _JUDGE.format(max_fps=None),
    "judge --fps 15": _JUDGE.format(max_fps=15),
    "judge --fps 10": _JUDGE.format(max_fps=10),
    "extract, one processor": _ON_ONE + _EXTRACT.format(jobs=1),
    "extract --jobs 1": _EXTRACT.format(jobs=1),
    "extract --jobs 2": _EXTRACT.format(jobs=2),
}


@dataclass(frozen=True)
class Cost:
    """What one run took; `busy_s` is processor time of the process itself, without children."""

    seconds: float
    busy_s: float


def measure(code: str, videos: list[Path]) -> Cost:
    """Run a piece of code over videos in a fresh process."""
    cache = videos[0].parents[1]
    for tables in cache.glob("tables*"):
        shutil.rmtree(tables)
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTS + code + _RESULT, *map(str, videos)],
        capture_output=True,
        text=True,
        env={**os.environ, "LEGLIFT_CACHE": str(cache)},
        check=False,
    )
    line = next((text for text in done.stdout.splitlines() if text.startswith("MEASURED")), None)
    if line is None:
        raise SystemExit(f"the run failed:\n{done.stderr}")
    return Cost(*map(float, line.split()[1:]))


def enlarged(number: int, target: Path) -> Path:
    """Write the demo clip enlarged; each number gives another file."""
    with av.open(str(DEMO)) as video, av.open(str(target), "w") as out:
        stream = out.add_stream("libx264", rate=30, options={"crf": str(20 + number)})
        (stream.width, stream.height), stream.pix_fmt = SIZE, "yuv420p"
        for frame in video.decode(video=0):
            image = frame.reformat(*SIZE, format="yuv420p").to_ndarray()
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="yuv420p")))
        out.mux(stream.encode(None))
    return target


def cached(videos: list[Path], cache: Path) -> list[Path]:
    """Copy clips to where `leglift study extract` looks for them."""
    clips = cache / "clips"
    clips.mkdir(parents=True)
    return [Path(shutil.copy(v, clips / f"c{file_sha256(v)[:8]}{v.suffix}")) for v in videos]


def n_frames(video: Path) -> int:
    """Count the frames of a video."""
    with av.open(str(video)) as opened:
        return sum(1 for _ in opened.decode(video=0))


def print_speed(videos: list[Path], rounds: int) -> None:
    """Print frames a second of every way, and the ratios that matter."""
    frames = sum(map(n_frames, videos))
    took = [{name: measure(code, videos) for name, code in WAYS.items()} for _ in range(rounds)]
    usual = {name: median(costs[name].seconds for costs in took) for name in WAYS}
    spent = {name: median(costs[name].busy_s for costs in took) for name in WAYS}
    n_cores = os.cpu_count() or 1
    busy = f"{os.getloadavg()[0]:.1f} processes running on {n_cores} processors"
    print(f"{len(videos)} clips, {frames} frames, middle of {rounds} rounds; {busy}")
    for name, seconds in usual.items():
        print(f"{name:<22} {seconds:7.1f} s {frames / seconds:7.1f} frames of video a second")
    bare, one = "bare landmarker loop", "extract --jobs 1"
    ratios = sorted(costs["judge"].seconds / costs[bare].seconds for costs in took)
    print(
        f"judge over bare loop   {median(ratios):.2f} times as long, round by round "
        f"({ratios[0]:.2f} to {ratios[-1]:.2f})"
    )
    for name in ("judge --fps 15", "judge --fps 10"):
        print(f"{name} over judge {usual['judge'] / usual[name]:.2f} times as fast")
        print(f"... in processor time  {spent['judge'] / spent[name]:.2f} times less")
    two = usual["extract --jobs 2"]
    print(f"two processes over one {usual[one] / two:.2f} times as fast")
    cores = spent[one] / usual[one]
    print(f"... one keeps {cores:.2f} of {n_cores} processors busy, so two can be at most")
    print(f"    {n_cores / cores:.2f} times as fast here, were nothing else running")
    alone = usual["extract, one processor"] / two
    print(f"... over one that has one processor {alone:.2f} times as fast")
    print(f"extract over bare loop {spent[one] / spent[bare]:.2f} in processor time")


def main() -> None:
    """Print speed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("videos", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        n = 0 if arguments.videos else N_CLIPS
        made = [enlarged(i, folder / f"{i}.mp4") for i in range(n)]
        print_speed(cached(arguments.videos or made, folder / "cache"), arguments.rounds)


if __name__ == "__main__":
    main()
