"""The study's figures: one theme, fixed colours, and files whose bytes do not change by themselves.

Call `theme()` once, draw with any function here, and hand the figure to `save_figure`. Figures have
a white ground, so that dark pages show them too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leglift.figures.marks import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, RED, SKY

FIGURES = Path(__file__).parents[3] / "reports" / "figures"

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


def two_panels(width_in: float, height_in: float, **how: Any) -> tuple[Figure, tuple[Axes, Axes]]:
    """Return a figure and its two panels, side by side; `how` goes to `Figure.subplots`."""
    figure = new_figure(width_in, height_in)
    left, right = figure.subplots(1, 2, **how)
    return figure, (left, right)


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
