"""Bodies at moments that went wrong, as outlines: there are no pixels to show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leglift.figures import marks
from leglift.figures.evidence import seen_of
from leglift.figures.plots import new_figure
from leglift.vision.corpus import table_path
from leglift.vision.table import iter_rings, read_frames, track_ids

Floats = npt.NDArray[np.float64]
Body = tuple[list[Floats], list[Floats]]
"""Outline and limbs by side, in trunk lengths from the hip, feet to the right, y up."""

COLUMNS = 4
_JOINTS = ("ear", "shoulder", "hip", "knee", "ankle")
_POINTS = [f"{side}_{j}_{a}_px" for side in ("left", "right") for j in _JOINTS for a in "xy"]


def body_at(table: Path, time_s: float) -> Body:
    """Body of the clip's first person in the frame nearest to a moment in which it is seen."""
    track = track_ids(table)[0]
    frames = read_frames(table, _POINTS, track)
    frames = frames[frames["detected"]]
    row = frames.iloc[int((frames["time_s"] - time_s).abs().to_numpy().argmin())]
    rings = next((r for f, r in iter_rings(table, track) if f == row["frame_idx"]), [])
    return placed(row[_POINTS].to_numpy(float).reshape(2, len(_JOINTS), 2), rings)


def placed(limbs_px: Floats, rings_px: Sequence[npt.NDArray[np.float32]]) -> Body:
    """Turn pixels to trunk lengths; `limbs_px` (2, joints, 2) from ear to ankle, both sides."""
    _, shoulder, hip, *_ = limbs_px.mean(axis=0)
    feet_right = 1.0 if hip[0] >= shoulder[0] else -1.0
    trunk_px = float(np.hypot(*(hip - shoulder)))

    def to_norm(points: npt.ArrayLike) -> Floats:
        return np.asarray((np.asarray(points, float) - hip) / trunk_px * [feet_right, -1.0])

    return [to_norm(ring) for ring in rings_px], [to_norm(side) for side in limbs_px]


def surest_mistakes(judged: pd.DataFrame, split: str, n: int) -> pd.DataFrame:
    """Wrong calls furthest from the cut-off, one a person: false alarms first, then misses."""
    own = seen_of(judged, split)
    wrong = own[own["called"] != own["lifted"]]
    alarms = wrong[wrong["called"]].sort_values("p", ascending=False, kind="stable")
    misses = wrong[~wrong["called"]].sort_values("p", kind="stable")
    return pd.concat([part.drop_duplicates("person_id").head(n) for part in (alarms, misses)])


def mistakes(judged: pd.DataFrame, landmarks: Path, n: int = 3) -> Figure:
    """Outlines of the surest wrong calls of both splits, with what was said and what is so."""
    found = pd.concat([surest_mistakes(judged, split, n) for split in marks.SPLITS])
    n_rows = -(-len(found) // COLUMNS)
    figure = new_figure(10, 1.95 * n_rows + 0.3)
    panels = np.ravel(figure.subplots(n_rows, COLUMNS))
    for ax, row in zip(panels, found.itertuples(), strict=False):
        draw(ax, *body_at(table_path(landmarks, row.clip_id), float(row.time_s)))
        state = marks.STATES[bool(row.lifted)]
        ax.set_title(f"{row.person_id}, {row.split}, {marks.in_words(row.exercise)}\n"
                     f"is {state}, said {row.p:.2f}, reads {100 * row.height_norm:.1f} %",
                     fontsize=8.5, fontweight="normal",
                     color=marks.STATE_COLOURS[state])  # fmt: skip
    for ax in panels:
        ax.set_axis_off()
    marks.caption(figure, "Outline as the pose model sees it, joints of both sides; said: "
                  "probability of lifted; reads: height of the edge, % of the trunk")  # fmt: skip
    return figure


def draw(ax: Axes, rings: list[Floats], limbs: list[Floats]) -> None:
    """Draw one body on common axes, so that all are seen at one size."""
    ax.set(xlim=(-2.1, 2.2), ylim=(-0.7, 1.4), aspect="equal")
    for ring in rings:
        ax.fill(*ring.T, color="#E4E9EE", ec=marks.GREY, lw=0.9)
    for limb, alpha in zip(limbs, (0.9, 0.45), strict=True):
        ax.plot(*limb.T, color=marks.INK, lw=1.2, alpha=alpha, marker="o", ms=2.5)
