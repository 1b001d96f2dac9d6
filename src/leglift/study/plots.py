"""The study's figures: one theme, fixed colours, and files whose bytes do not change by themselves.

Call `theme()` once, draw with any function here, and hand the figure to `save_figure`. Figures have
a white ground, so that dark pages show them too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
import seaborn as sns
from cv2 import approxPolyDP
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from leglift.motion.segment import Motion
from leglift.motion.signals import BODY, SIDES
from leglift.study import marks
from leglift.study.marks import (
    BLUE,
    BROWN,
    DASHES,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PALE,
    PURPLE,
    RED,
    SKY,
    in_words,
)
from leglift.study.stick import LIMBS, StickFigure

Floats = npt.NDArray[np.float64]

FIGURES = Path(__file__).parents[3] / "reports" / "figures"

_CELL = 3.7  # trunk lengths; a lying body is 3 to 3.5 long
_RC = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "grid.color": "#ECECEC",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "figure.constrained_layout.h_pad": 0.07,
    "figure.constrained_layout.w_pad": 0.07,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "savefig.bbox": None,
    "figure.dpi": 100,
    "savefig.dpi": 120,
}


def theme() -> None:
    """Set the look of all figures made from now on."""
    sns.set_theme(style="ticks", palette=[BLUE, RED, GREEN, ORANGE, PURPLE, SKY], rc=_RC)


def new_figure(width_in: float, height_in: float) -> Figure:
    """Return an empty figure that makes room for its own labels."""
    return Figure(figsize=(width_in, height_in), layout="constrained")


def save_figure(figure: Figure, name: str, folder: Path = FIGURES) -> Path:
    """Write `name.svg` and `name.png` and return the path of the latter.

    The bytes depend on the figure alone: no date, no version, ids from a fixed salt.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if figure.get_layout_engine() is not None:
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # both files have the one layout, and it is found once
        _snap(figure)
    png = folder / f"{name}.png"
    for path, metadata in (
        (png, {"Software": None}),
        (folder / f"{name}.svg", {"Date": None, "Creator": None}),
    ):
        part = path.with_name(path.name + ".part")
        with mpl.rc_context({"svg.hashsalt": "leglift", "svg.fonttype": "path"}):
            figure.savefig(part, format=path.suffix[1:], metadata=metadata)
        part.replace(path)
    return png


def _snap(figure: Figure) -> None:
    """Round where axes lie: the layout's last digits differ from one processor to the next."""
    for ax in figure.axes:
        bounds = [round(edge, 4) for edge in ax.get_position().bounds]
        ax.set_position((bounds[0], bounds[1], bounds[2], bounds[3]))


def label_bars(ax: Axes, values: Iterable[float], unit: str = "") -> None:
    """Write each horizontal bar's number at its end, and take the axis away."""
    for y, value in enumerate(values):
        ax.annotate(
            f"{value:g}{unit}", (value, y), (4, 0), textcoords="offset points", va="center",
            fontsize=9,
        )  # fmt: skip
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    ax.margins(x=0.18)


# --- what the dataset holds -----------------------------------------------------------------------


def counts_by(videos: pd.DataFrame, reps: pd.DataFrame, columns: Sequence[str]) -> Figure:
    """Draw clips and reps by each of `columns`, as bars with their numbers."""
    tables = {c: count_table(videos, reps, c) for c in columns}
    figure = new_figure(9.5, 0.25 * sum(len(t) + 2.4 for t in tables.values()))
    axes = figure.subplots(
        len(columns), 2, squeeze=False, height_ratios=[len(t) + 1 for t in tables.values()]
    )
    for row, (column, table) in zip(axes, tables.items(), strict=True):
        for ax, what, colour in zip(row, ("clips", "reps"), (GREEN, BLUE), strict=True):
            ax.barh(range(len(table)), table[what], color=colour, height=0.72)
            label_bars(ax, table[what])
            ax.set_title(f"{what.capitalize()} by {in_words(column)}")
            ax.set_yticks(range(len(table)), [in_words(name) for name in table.index])
            ax.tick_params(left=False)
            ax.invert_yaxis()
    return figure


def count_table(videos: pd.DataFrame, reps: pd.DataFrame, column: str) -> pd.DataFrame:
    """Count `clips` and `reps` by the values of a column, most clips first."""
    counts = {"clips": videos[column].value_counts(), "reps": reps[column].value_counts()}
    table = pd.DataFrame(counts).fillna(0).astype(int)
    return table.sort_values(["clips", "reps"], ascending=False, kind="stable")


def people_of_half(reps: pd.DataFrame) -> int:
    """Count how few people, the busiest first, hold half of the reps."""
    counts = reps["person_id"].value_counts().to_numpy()
    return int(np.searchsorted(counts.cumsum(), counts.sum() / 2)) + 1


def counts_by_person(videos: pd.DataFrame, reps: pd.DataFrame) -> Figure:
    """Draw reps and clips of every person, busiest first, and where half of the reps is reached."""
    table = count_table(videos, reps, "person_id").sort_values(
        ["reps", "clips"], ascending=False, kind="stable"
    )
    figure = new_figure(11, 4.6)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[2.2, 1])
    for ax, what, colour in ((top, "reps", BLUE), (bottom, "clips", GREEN)):
        ax.bar(range(len(table)), table[what], color=colour, width=0.75)
        ax.set_ylabel(what)
        ax.margins(x=0.01)
        for x, value in enumerate(table[what]):
            ax.annotate(str(value), (x, value), (0, 2), textcoords="offset points", ha="center",
                        fontsize=7.5)  # fmt: skip
    bottom.set_xticks(range(len(table)), table.index, rotation=90, fontsize=8)
    bottom.set_xlabel("person_id")
    half = people_of_half(reps)
    top.axvline(half - 0.5, color=GREY, lw=1, ls=DASHES)
    top.annotate(
        f"half of all reps come from {half} of {len(table)} people", (half - 0.5, 1), (6, -10),
        xycoords=("data", "axes fraction"), textcoords="offset points", color=GREY,
    )  # fmt: skip
    return figure


# --- how well people are seen ---------------------------------------------------------------------


def detection(clips: pd.DataFrame, visibility: pd.DataFrame) -> Figure:
    """Draw how often people are found, and how well each landmark is seen.

    Parameters
    ----------
    clips
        A row a clip with `clip_id`, `view`, `detected_frac`.
    visibility
        A row a clip and landmark with `part`, `side` (near or far) and `visibility` (0 to 1).
    """
    figure = new_figure(11, 4.4)
    left, right = figure.subplots(1, 2, width_ratios=[1.15, 1])
    _detected(left, clips)
    _visible(right, visibility)
    return figure


def _detected(ax: Axes, clips: pd.DataFrame) -> None:
    views = [v for v in ("side", "side_oblique", "oblique", "front_top") if v in set(clips["view"])]
    for y, view in enumerate(views):
        share = clips.loc[clips["view"] == view].sort_values(["detected_frac", "clip_id"])
        offset = marks.spread(len(share), 0.28)
        ax.plot(100 * share["detected_frac"], y + offset, "o", color=BLUE, alpha=0.55, mew=0)
        always = int((share["detected_frac"] == 1).sum())
        said = f"{always} of {len(share)}\nin every frame"
        ax.annotate(said, (101.5, y), va="center", fontsize=9, annotation_clip=False)
    ax.set_yticks(range(len(views)), [in_words(v) for v in views])
    ax.set(
        xlim=(min(60, 100 * clips["detected_frac"].min() - 3), 101), ylim=(len(views) - 0.5, -0.5)
    )
    ax.set_xlabel("frames in which a person is found (%), a dot a clip")
    ax.set_title("Found")
    ax.grid(axis="x")


def _visible(ax: Axes, visibility: pd.DataFrame) -> None:
    for side, colour, said, shift in (("near", INK, INK, -0.13), ("far", ORANGE, BROWN, 0.13)):
        rows = visibility[visibility["side"] == side].groupby("part")["visibility"]
        low, middle, high = (rows.quantile(q).reindex(BODY) for q in (0.1, 0.5, 0.9))
        y = np.arange(len(BODY)) + shift
        ax.hlines(y, low, high, color=colour, lw=2, alpha=0.5)
        ax.plot(middle, y, "o", ms=6, color=colour)
        ax.annotate(f"{side} side", (float(middle.iloc[0]), y[0]), (0, 7 if shift < 0 else -14),
                    textcoords="offset points", ha="center", color=said, fontsize=9)  # fmt: skip
    ax.set_yticks(range(len(BODY)), BODY)
    ax.set(xlim=(0, 1.03), ylim=(len(BODY) - 0.5, -0.7))
    ax.set_xlabel("visibility (0 to 1): median and middle 80 % of clips")
    ax.set_title("Seen")
    ax.grid(axis="x")


# --- legs over time -------------------------------------------------------------------------------


def leg_traces(
    motions: Mapping[str, Motion], titles: Mapping[str, str], columns: int = 5
) -> Figure:
    """Draw the leg's angle over time, a panel a clip, with the reps that were found shaded."""
    rows = -(-len(motions) // columns)
    figure = new_figure(2.35 * columns, 1.55 * rows + 0.5)
    axes = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for ax, (clip_id, motion) in zip(axes.flat, motions.items(), strict=False):
        _trace(ax, motion)
        ax.set_title(titles[clip_id], fontsize=8.5, fontweight="normal", pad=3)
    for ax in axes.flat[len(motions) :]:
        ax.set_axis_off()
    figure.legend(
        handles=[
            Line2D([], [], color=INK, label="near leg"),
            Line2D([], [], color=ORANGE, label="far leg"),
            Patch(color=SKY, alpha=0.35, label="leg lift that was found, with its number"),
        ],
        loc="outside upper right", ncols=3,
    )  # fmt: skip
    figure.supxlabel("time (s)", fontsize=10)
    figure.supylabel("leg above the floor (deg)", fontsize=10)
    return figure


def _trace(ax: Axes, motion: Motion) -> None:
    marks.legs_over_time(ax, motion)
    for rep in motion.reps.itertuples():
        middle = (rep.start_s + rep.end_s) / 2
        ax.annotate(str(rep.rep), (middle, 0.97), xycoords=("data", "axes fraction"),
                    ha="center", va="top", fontsize=7.5, color=BLUE)  # fmt: skip
    ax.xaxis.set_major_locator(MaxNLocator(4))


# --- bodies ---------------------------------------------------------------------------------------


def gallery(
    groups: Mapping[str, Sequence[tuple[StickFigure, str]]], columns: int, width_in: float = 11.0
) -> Figure:
    """Draw stick figures in their silhouettes, feet to the right.

    All are as long in the trunk; a body that is wider than its place is made smaller.

    Parameters
    ----------
    groups
        For every heading (which may be empty) the figures, each with what to write over it.
    columns
        Figures in a row.
    """
    unit_in = width_in / (columns * _CELL)
    figure = Figure(figsize=(width_in, 1.0))
    ax = figure.add_axes((0, 0, 1, 1))
    y = -0.08 / unit_in
    for heading, bodies in groups.items():
        if heading:
            ax.text(0.1, y, heading, va="top", fontsize=10, fontweight="bold")
            y -= 0.22 / unit_in
        for first in range(0, len(bodies), columns):
            y = _gallery_row(ax, bodies[first : first + columns], y, unit_in)
        y -= 0.12 / unit_in
    ax.set(xlim=(0, columns * _CELL), ylim=(y, 0))
    ax.set_axis_off()
    figure.set_figheight(-y * unit_in)
    return figure


def _gallery_row(
    ax: Axes, bodies: Sequence[tuple[StickFigure, str]], top: float, unit_in: float
) -> float:
    """Draw a row as high as its bodies, below `top`; returns where it ends."""
    placed = [(_placed(body, (i + 0.5) * _CELL), said) for i, (body, said) in enumerate(bodies)]
    boxes = [body.corners() for body, _ in placed]
    line = 0.16 / unit_in
    base = top - line - max(box[1, 1] for box in boxes)
    for (body, said), box in zip(placed, boxes, strict=True):
        draw_body(ax, body.moved(1.0, np.array([0.0, base])), min(unit_in, 0.35))
        above = (float(box[:, 0].mean()), base + float(box[1, 1]) + 0.25 * line)
        ax.text(*above, said, ha="center", va="bottom", color=GREY, fontsize=7)
    return float(base + min(box[0, 1] for box in boxes) - 0.4 * line)


def _placed(body: StickFigure, x: float) -> StickFigure:
    """Move a body's middle to `x`, smaller if it is wider than a cell."""
    left, right = body.corners()[:, 0]
    size = min(1.0, 0.94 * _CELL / (right - left))
    return body.moved(size, np.array([x - size * (left + right) / 2, 0.0]))


def draw_body(ax: Axes, body: StickFigure, unit_in: float, off: float = 0.012) -> None:
    """Draw a body where it is; `unit_in` (inches a trunk) sets the lines.

    `off` is how far, in the panel's unit, an outline may be from the stored one.
    """
    rings = [approxPolyDP(ring.astype(np.float32), off, True)[:, 0] for ring in body.rings]
    line = 1.5 * unit_in
    ax.add_collection(PolyCollection(rings, facecolors=PALE, edgecolors=GREY, linewidths=line))
    far = next(side for side in SIDES if side != body.near_side)
    for side, colour, width in ((far, ORANGE, 3.4), (body.near_side, INK, 4.4)):
        paths = [[body.joints[f"{side}_{part}"] for part in limb] for limb in LIMBS]
        lines = LineCollection(paths, colors=colour, linewidths=width * unit_in, capstyle="round")
        ax.add_collection(lines)


# --- figures with intervals -----------------------------------------------------------------------


def point_ranges(table: pd.DataFrame, label: str, chance: float = 0.0) -> Figure:
    """Draw values with their intervals, a row each, under the headings of their groups.

    Parameters
    ----------
    table
        `group`, `name`, `n_reps`, `value`, `low`, `high`; NaN values are said to be not defined.
    label
        What the axis shows, with its unit.
    chance
        The value that means nothing; a line is drawn there.
    """
    groups = list(table.groupby("group", sort=False))
    figure = new_figure(7.5, 0.5 + sum(0.26 * len(rows) + 0.32 for _, rows in groups))
    axes = figure.subplots(
        len(groups), 1, sharex=True, squeeze=False, height_ratios=[len(r) + 0.5 for _, r in groups]
    )[:, 0]
    for ax, (heading, rows) in zip(axes, groups, strict=True):
        ax.axvline(chance, **marks.CHANCE)
        for y, row in enumerate(rows.to_dict("records")):
            marks.interval(ax, y, row, BLUE)
            if pd.isna(row["value"]):
                ax.text(chance, y, "  not defined", va="center", color=GREY, fontsize=8)
        names = [f"{in_words(r.name)} ({r.n_reps} reps)" for r in rows.itertuples(index=False)]
        marks.name_rows(ax, names)
        ax.set_title(str(heading).capitalize())
    axes[-1].set_xlabel(label)
    return figure
