"""Draw README's picture: what `leglift judge --annotate` makes of the demo clip, at three moments.

python scripts/draw_verdict.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

from leglift.verdict.batch import task_of
from leglift.verdict.drawing.annotate import annotate_video
from leglift.verdict.drawing.sketch import rep_moments
from leglift.verdict.judge import Judged, judged

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "data" / "demo" / "leg_lifts.mp4"
TARGET = ROOT / "docs" / "img" / "verdict.jpg"
GAP_PX = 12


def moments_s(seen: Judged) -> list[float]:
    """Find the times of the moments worth a picture in the arched rep."""
    rep = next(rep for rep in seen.reps.itertuples() if rep.verdict == "arched")
    return [moment.time_s for moment in rep_moments(rep, seen.motion.signals, seen.course)]


def frames_at(video: Path, times_s: list[float]) -> list[npt.NDArray[np.uint8]]:
    """Read the frames of a video that stand nearest to some times."""
    with av.open(str(video)) as container:
        frames = [(frame.time, frame.to_ndarray(format="bgr24")) for frame in container.decode()]
    clock = np.array([time for time, _ in frames])
    return [frames[int(np.abs(clock - time_s).argmin())][1] for time_s in times_s]


def main() -> None:
    """Write the picture."""
    task = task_of("full", "shipped")
    with tempfile.TemporaryDirectory() as folder, judged(DEMO, task) as seen:
        drawn = Path(folder) / "drawn.mp4"
        annotate_video(seen, drawn, task.params)
        pictures = frames_at(drawn, moments_s(seen))
    gap = np.full((pictures[0].shape[0], GAP_PX, 3), 255, np.uint8)
    row = [part for picture in pictures for part in (picture, gap)][:-1]
    cv2.imwrite(str(TARGET), np.hstack(row), [cv2.IMWRITE_JPEG_QUALITY, 85])


if __name__ == "__main__":
    main()
