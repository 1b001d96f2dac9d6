"""What judging costs beside the pose model alone: time ratio and peak memory.

    python benchmarks/judge_cost.py [VIDEO] [--rounds 3]

The bare loop decodes the same frames and calls `detect_for_video` on them with the same bundle
and masks on. Both run in processes of their own, in turns, and the best round counts. Without a
VIDEO a 15 s, 1280 x 720, 30 fps clip is made from the demo clip. Memory is measured on that clip
and on one eight times as long.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import av

DEMO = Path(__file__).parents[1] / "data" / "demo" / "leg_lifts.mp4"

_BARE = """
import sys
import av, mediapipe as mp, numpy as np
from mediapipe.tasks.python import BaseOptions, vision
from leglift.vision.pose import find_bundle
options = vision.PoseLandmarkerOptions(
    base_options=BaseOptions(model_asset_path=str(find_bundle("full").path)),
    running_mode=vision.RunningMode.VIDEO, output_segmentation_masks=True)
with vision.PoseLandmarker.create_from_options(options) as landmarker, av.open(VIDEO) as video:
    video.streams.video[0].thread_type = "AUTO"
    for frame in video.decode(video=0):
        rgb = np.ascontiguousarray(frame.to_ndarray(format="rgb24"))
        landmarker.detect_for_video(
            mp.Image(image_format=mp.ImageFormat.SRGB, data=rgb), round(frame.time * 1000))
"""

_JUDGE = """
from pathlib import Path
from leglift.params import load_params
from leglift.motion.back import GapRule
from leglift.verdict.judge import judge_video
from leglift.vision.pose import find_bundle
judge_video(Path(VIDEO), find_bundle("full"), GapRule(load_params()), load_params())
"""

_MEASURE = """
import resource, time
start = time.perf_counter()
{code}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print("MEASURED", time.perf_counter() - start, peak / 1024)
"""


def measure(code: str, video: Path) -> tuple[float, float]:
    """Seconds and peak MiB of a piece of code in a fresh process, start-up included."""
    script = f"VIDEO = {str(video)!r}\n" + _MEASURE.format(code=code)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    line = next((text for text in done.stdout.splitlines() if text.startswith("MEASURED")), None)
    if line is None:
        raise SystemExit(f"the run failed:\n{done.stderr}")
    _, seconds, peak_mib = line.split()
    return float(seconds), float(peak_mib)


def enlarged(source: Path, target: Path, repeats: int = 1) -> Path:
    """Write the demo clip as 1280 x 720 video, one or more times over."""
    with av.open(str(target), "w") as out:
        stream = out.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        for _ in range(repeats):
            with av.open(str(source)) as video:
                for frame in video.decode(video=0):
                    image = frame.reformat(width=1280, height=720, format="yuv420p").to_ndarray()
                    out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="yuv420p")))
        out.mux(stream.encode(None))
    return target


def main() -> None:
    """Print both times, their ratio, and the memory of a short and a long clip."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("video", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        video = arguments.video or enlarged(DEMO, Path(folder) / "clip.mp4")
        rounds = [(measure(_BARE, video), measure(_JUDGE, video)) for _ in range(arguments.rounds)]
        bare_s, judge_s = (min(r[i][0] for r in rounds) for i in (0, 1))
        print(f"bare landmarker loop {bare_s:6.2f} s")
        print(f"leglift judge        {judge_s:6.2f} s   ratio {judge_s / bare_s:.3f}")
        print(f"peak memory          {max(r[1][1] for r in rounds):6.0f} MiB")
        long = enlarged(DEMO, Path(folder) / "long.mp4", repeats=8)
        print(f"... eight times over {measure(_JUDGE, long)[1]:6.0f} MiB")


if __name__ == "__main__":
    main()
