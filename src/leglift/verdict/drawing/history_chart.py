"""A history as a picture: the point of control over the days, and the sessions of each week."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.font_manager import get_font_names
from matplotlib.ticker import MaxNLocator

from leglift.params import HistoryParams
from leglift.verdict.drawing.draw import VERDICT_HEX
from leglift.verdict.history.summary import change_lines, change_of, counted
from leglift.verdict.outputs import kept

INK, DIM, PALE, LINE = "#17202a", "#5a6673", "#eceff2", "#d8dee5"
BLUE, GREY = VERDICT_HEX["good"], VERDICT_HEX["cant_tell"]

_RC: Any = {
    "font.size": 10.5,
    "text.color": INK,
    "axes.labelcolor": DIM,
    "axes.edgecolor": LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": DIM,
    "ytick.labelcolor": DIM,
    "ytick.major.size": 0,
    "figure.facecolor": "white",
    "savefig.dpi": 160,
    "text.parse_math": False,  # a name may hold dollars
    "svg.hashsalt": "leglift",
}
_OTHER_LETTERS = (
    "Noto Sans CJK SC",
    "PingFang SC",
    "Hiragino Sans",
    "Noto Sans",
    "Arial Unicode MS",
)
_MANY = 30  # sets; marks of more are smaller
_FEWEST_DAYS = 28  # on the axis, so that the first week does not fill it


def history_figure(person: str, sets: pd.DataFrame, params: HistoryParams) -> Figure:
    """Draw a person's sets (rows of `sets_of`, at least one)."""
    there = set(get_font_names())
    fonts = ["DejaVu Sans", *(name for name in _OTHER_LETTERS if name in there)]
    days = sets["done_on"].tolist()
    first, last = (f"{day.day} {day:%b %Y}" for day in (days[0], days[-1]))
    when = first if first == last else f"{first} to {last}"
    with mpl.rc_context({**_RC, "font.family": fonts}):
        figure = Figure(figsize=(7.5, 6.0), layout="constrained")
        figure.suptitle(
            f"{person}: {counted(len(sets), 'set')}, {when}",
            x=0.02, ha="left", fontsize=14, fontweight="bold",
        )  # fmt: skip
        for line in change_lines(sets):
            figure.supxlabel(line, x=0.02, ha="left", fontsize=10, color=INK)
        control, weeks = figure.subplots(2, 1, sharex=True, height_ratios=(3.2, 1))
        _draw_control(control, sets)
        _draw_weeks(weeks, sorted(set(days)), params)
        locator: Any = AutoDateLocator(minticks=3, maxticks=7)  # type: ignore[no-untyped-call]
        dates: Any = ConciseDateFormatter(locator, show_offset=False)  # type: ignore[no-untyped-call]
        weeks.xaxis.set_major_locator(locator)
        weeks.xaxis.set_major_formatter(dates)
        control.tick_params(axis="x", length=0)
    return figure


def _draw_control(ax: Axes, sets: pd.DataFrame) -> None:
    known = sets.dropna(subset="point_of_control_deg")
    below = sets[sets["point_of_control_censored"].fillna(False).astype(bool)]
    below = below[below["point_of_control_deg"].isna()].dropna(subset="point_of_control_high_deg")
    unknown = sets.drop(index=[*known.index, *below.index])
    tops = [*known["point_of_control_high_deg"].dropna(), *known["point_of_control_deg"], 60.0]
    ax.set_ylim(0, min(5 * (max(tops) // 5 + 2), 95))
    change = change_of(sets)
    if change is not None:  # what measuring alone can make of the first set
        low, high = change.first_deg - change.least_deg, change.first_deg + change.least_deg
        label = f"no sure change from the first (±{change.least_deg:.0f}°)"
        ax.axhspan(low, high, color=PALE, lw=0, zorder=0, label=label)
    if len(known):
        _draw_known(ax, known)
    if len(below):
        _draw_below(ax, below)
    if len(unknown):
        x, foot = _x(unknown["done_on"]), [0.025] * len(unknown)
        ax.plot(x, foot, "x", color=GREY, ms=6, mew=1.6, label="point of control not known",
                clip_on=False, transform=ax.get_xaxis_transform())  # fmt: skip
    ax.yaxis.set_major_formatter("{x:.0f}°")
    n_marks = len(ax.get_legend_handles_labels()[0])
    ax.set_title(
        "Leg angle at which the lower back lifts: the lower, the better",
        loc="left", fontsize=11, color=INK, pad=26 if n_marks < 3 else 42,
    )  # fmt: skip
    ax.legend(
        loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=2, frameon=False, fontsize=9,
        labelcolor=DIM, handletextpad=0.5, columnspacing=2.0, borderaxespad=0.2,
    )  # fmt: skip


def _draw_known(ax: Axes, known: pd.DataFrame) -> None:
    x = _x(known["done_on"])
    deg, low, high = (
        known[f"point_of_control_{key}"].tolist() for key in ("deg", "low_deg", "high_deg")
    )
    small = min(1.0, (_MANY / len(known)) ** 0.5)
    ax.vlines(x, low, high, color=BLUE, alpha=0.35 * small, lw=3.5 * small, zorder=2)
    ax.plot(x, deg, "-", color=BLUE, alpha=0.5, lw=1.2, zorder=2)
    ax.plot(x, deg, "o", color=BLUE, ms=7 * small, mec="white", mew=1.2 * small, zorder=3,
            label="measured, with its interval")  # fmt: skip
    ends = {-1: (9, "left")} if len(known) == 1 else {0: (-9, "right"), -1: (9, "left")}
    for i, (off, to) in ends.items():
        ax.annotate(f"{deg[i]:.0f}°", (x[i], deg[i]), (off, 0), textcoords="offset points",
                    ha=to, va="center", fontweight="bold", color=INK, zorder=4)  # fmt: skip


def _draw_below(ax: Axes, below: pd.DataFrame) -> None:
    """Draw an arrow down from as far as the back was seen to stay: it lifts lower than that."""
    x, highs = _x(below["done_on"]), below["point_of_control_high_deg"].tolist()
    arrow = {"arrowstyle": "-|>", "color": BLUE, "lw": 2.0, "shrinkA": 0, "shrinkB": 0}
    for day, high in zip(x, highs, strict=True):
        ax.annotate("", (day, max(high - 12, 1)), (day, high), arrowprops=arrow, zorder=3)
    ax.plot(x, highs, "_", color=BLUE, ms=12, mew=2.2)
    ax.plot([], [], color=BLUE, marker="v", ls="", ms=7, label="lower than this")


def _draw_weeks(ax: Axes, days: Sequence[date], params: HistoryParams) -> None:
    """Sessions of each calendar week, Monday to Sunday, beside the plan."""
    weeks = weekly_sessions(days)
    least, most = params.least_sessions, params.most_sessions
    ax.axhspan(least, most, color=PALE, lw=0, zorder=0)
    mondays = _x(weeks.index)
    ax.bar(mondays, weeks.to_list(), width=6, align="edge", color=BLUE, zorder=2)
    ax.set_title(
        f"Sessions a week; the grey band is the plan, {least} to {most}",
        loc="left", fontsize=11, color=INK,
    )  # fmt: skip
    ax.set_ylim(0, max(most, *weeks) + 0.6)
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    shown = max(mondays[-1] + 7 - mondays[0], _FEWEST_DAYS)
    ax.set_xlim(mondays[0] - 0.07 * shown, mondays[0] + 1.05 * shown)


def weekly_sessions(days: Sequence[date]) -> pd.Series:
    """Count the days with a session in each week, by its Monday; weeks without any are 0."""
    sessions = pd.Series(1, index=pd.DatetimeIndex(days))
    return sessions.resample("W-MON", closed="left", label="left").sum()


def _x(days: pd.Series | pd.Index) -> Any:
    return date2num(days.tolist())  # type: ignore[no-untyped-call]


def write_figure(figure: Figure, target: Path) -> None:
    """Write the figure whole or not at all; raises `UsageError` if it cannot be written."""
    kind = target.suffix.lower()[1:]
    about: dict[str, Any] = {"Date": None} if kind == "svg" else {}
    with kept(target) as part, mpl.rc_context(_RC), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # a name in letters that the font lacks
        figure.savefig(part, format=kind, metadata=about)
