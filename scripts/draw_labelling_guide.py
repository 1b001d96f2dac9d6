"""Draw `data/labelling_guide/examples.png` from the simulated body of `data/demo`.

Upper row: the outline that the pose model sees of the simulated body. Lower row: drawn anchors.

    python scripts/draw_labelling_guide.py [FILE.png|FILE.svg]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leglift.params import load_params
from leglift.vision.extract import extract_clip, iter_rings
from leglift.vision.pose import find_bundle
from leglift.vision.silhouette import Ring

Floats = npt.NDArray[np.float64]

ROOT = Path(__file__).parents[1]
DEFAULT = ROOT / "data/labelling_guide/examples.png"
DEMO = ROOT / "data/demo"
INK, GREY, SKIN, BLUE, RED = "#222222", "#6b6b6b", "#d9d9d9", "#0072B2", "#D55E00"
OUTLINES = {
    3.4: "flattest moment",
    4.6: "good: legs low, back hardly higher",
    13.6: "arched: a hollow opens on the way down",
    14.2: "arched, severity 3: the worst moment",
}
RISE_PCT = {0: 0.0, 1: 2.0, 2: 4.5, 3: 9.0}
FLOOR_PX = 317.0


def outlines(times_s: list[float]) -> tuple[pd.DataFrame, list[list[Ring]]]:
    """Truth and silhouette of the demo's frames nearest to some moments."""
    truth = pd.read_parquet(DEMO / "truth.parquet")
    rows = truth.iloc[[int((truth["time_s"] - t).abs().argmin()) for t in times_s]]
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "demo.parquet"
        extract_clip(DEMO / "leg_lifts.mp4", table, find_bundle("full"), load_params().vision, 1)
        rings = dict(iter_rings(table))
    return rows, [rings[int(i)] for i in rows["frame_idx"]]


def draw_outline(axes: Axes, rings: list[Ring], truth: pd.Series, title: str) -> None:
    """One outline around the waist with the surface below it."""
    for ring in rings:
        axes.fill(ring[:, 0], -ring[:, 1], color=SKIN, ec=INK, lw=1.2)
    axes.axhline(-FLOOR_PX, color=BLUE, lw=1.5)
    axes.set(xlim=(225, 470), ylim=(-332, -205), title=title, aspect="equal", xticks=[], yticks=[])
    axes.text(228, -330, f"leg {truth['leg_elevation_deg']:.0f} deg", color=GREY)


def back(u: Floats, rise_norm: float) -> Floats:
    """Height of a drawn back over the surface, buttocks at 1.1, ribs at 0.3, in trunk lengths."""
    hollow = np.clip((u - 0.3) / 0.8, 0, 1)
    return np.asarray(rise_norm * np.sin(np.pi * hollow) ** 2)


def draw_severity(axes: Axes, severity: int) -> None:
    """One drawn trunk with its rise measured and its waistband."""
    rise = RISE_PCT[severity] / 100
    u = np.linspace(0, 1.35, 200)
    low = back(u, rise) + 0.25 * np.clip(u - 1.2, 0, 1) ** 1.5
    high = 0.36 + 0.05 * np.cos(2 * np.pi * (u - 0.25)) + back(u, rise)
    axes.fill_between(u, low, high, color=SKIN, ec=INK, lw=1.2)
    axes.axhline(0, color=BLUE, lw=1.5)
    lean = np.radians(2.5 * RISE_PCT[severity])
    foot = np.array([0.95, float(np.interp(0.95, u, low))])
    belly = foot + 0.33 * np.array([np.sin(lean), np.cos(lean)])
    axes.plot(*np.column_stack([foot, belly]), color=RED, lw=3)
    axes.plot([foot[0]] * 2, [foot[1], foot[1] + 0.33], color=RED, lw=1, ls=":")
    if rise:
        axes.annotate("", (0.7, rise), (0.7, 0), arrowprops={"arrowstyle": "<->", "color": BLUE})
    axes.text(0.72, -0.045, f"height {100 * rise:.1f} %", color=BLUE, ha="center", va="center")
    axes.text(0.72, 0.47, f"waistband {np.degrees(lean):+.0f} deg", color=RED, ha="center")
    axes.text(0.02, 0.47, "head", color=GREY)
    axes.text(1.33, 0.47, "feet", color=GREY, ha="right")
    axes.set(xlim=(0, 1.35), ylim=(-0.08, 0.54), title=f"severity {severity}", aspect="equal")
    axes.set(xticks=[], yticks=[])


def draw(path: Path) -> None:
    """Write the figure."""
    truth, rings = outlines(list(OUTLINES))
    with mpl.rc_context({"svg.hashsalt": "leglift", "font.size": 10, "axes.titlesize": 10}):
        figure = Figure(figsize=(15, 4.6), layout="constrained")
        axes = figure.subplots(2, 4)
        for i, title in enumerate(OUTLINES.values()):
            draw_outline(axes[0, i], rings[i], truth.iloc[i], title)
            draw_severity(axes[1, i], i)
        metadata = {"Date": None} if path.suffix == ".svg" else {"Software": None}
        figure.savefig(path, dpi=100, metadata=metadata)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    target.parent.mkdir(parents=True, exist_ok=True)
    draw(target)
    print(target)
