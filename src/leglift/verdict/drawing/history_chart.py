"""A history as a picture: the point of control over the days, and the sessions of each week."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.font_manager import get_font_names
from matplotlib.ticker import MaxNLocator

from leglift.errors import UsageError
from leglift.files import write_whole
from leglift.params import HistoryParams
from leglift.verdict.drawing.draw import VERDICT_HEX
from leglift.verdict.history.summary import Change, change_lines, change_of, counted

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
_WEEK = timedelta(days=7)
_MANY = 30  # sets; marks of more are smaller
_FEWEST_DAYS = 28  # on the axis, so that the first week does not fill it


def history_figure(person: str, sets: pd.DataFrame, params: HistoryParams) -> Figure:
    """Draw a person's sets (rows of `sets_of`, at least one)."""
    with mpl.rc_context({**_RC, "font.family": _fonts()}):
        figure = Figure(figsize=(7.5, 6.0), layout="constrained")
        days = [sets["done_on"].iloc[0], sets["done_on"].iloc[-1]]
        figure.suptitle(
            f"{person}: {counted(len(sets), 'set')}, {_between(*days)}",
            x=0.02, ha="left", fontsize=14, fontweight="bold",
        )  # fmt: skip
        for line in change_lines(sets):
            figure.supxlabel(line, x=0.02, ha="left", fontsize=10, color=INK)
        control, weeks = figure.subplots(2, 1, sharex=True, height_ratios=(3.2, 1))
        _draw_control(control, sets)
        _draw_weeks(weeks, sorted(set(sets["done_on"])), params)
        _name_days(weeks)
        control.tick_params(axis="x", length=0)
    return figure


def _name_days(ax: Axes) -> None:
    locator: Any = AutoDateLocator(minticks=3, maxticks=7)  # type: ignore[no-untyped-call]
    dates: Any = ConciseDateFormatter(locator, show_offset=False)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(dates)


def _fonts() -> list[str]:
    """Return DejaVu Sans, which comes with matplotlib, and what a name in other letters needs."""
    there = set(get_font_names())
    return ["DejaVu Sans", *(name for name in _OTHER_LETTERS if name in there)]


def _between(first: date, last: date) -> str:
    ends = [f"{day.day} {day:%b %Y}" for day in (first, last)]
    return ends[0] if first == last else " to ".join(ends)


def _draw_control(ax: Axes, sets: pd.DataFrame) -> None:
    known = sets.dropna(subset="point_of_control_deg")
    below = sets[sets["point_of_control_censored"].fillna(False).astype(bool)]
    below = below[below["point_of_control_deg"].isna()].dropna(subset="point_of_control_high_deg")
    unknown = sets.drop(index=[*known.index, *below.index])
    tops = [*known["point_of_control_high_deg"].dropna(), *known["point_of_control_deg"], 60.0]
    ax.set_ylim(0, min(5 * (max(tops) // 5 + 2), 95))
    change = change_of(sets)
    if change is not None:
        _draw_band(ax, change)
    _draw_known(ax, known)
    _draw_below(ax, below)
    if len(unknown):
        label = "point of control not known"
        low = [0.025] * len(unknown)
        ax.plot(_x(unknown), low, "x", color=GREY, ms=6, mew=1.6, label=label, clip_on=False,
                transform=ax.get_xaxis_transform())  # fmt: skip
    ax.yaxis.set_major_formatter("{x:.0f}°")
    n_marks = len(ax.get_legend_handles_labels()[0])
    ax.set_title(
        "Leg angle at which the lower back lifts: the lower, the better",
        loc="left", fontsize=11, color=INK, pad=26 if n_marks < 3 else 42,
    )  # fmt: skip
    if n_marks:
        ax.legend(
            loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=2, frameon=False, fontsize=9,
            labelcolor=DIM, handletextpad=0.5, columnspacing=2.0, borderaxespad=0.2,
        )  # fmt: skip


def _draw_band(ax: Axes, change: Change) -> None:
    """Shade what measuring alone can make of the first set: inside, no change is sure."""
    low, high = change.first_deg - change.least_deg, change.first_deg + change.least_deg
    label = f"no sure change from the first (±{change.least_deg:.0f}°)"
    ax.axhspan(low, high, color=PALE, lw=0, zorder=0, label=label)


def _draw_known(ax: Axes, known: pd.DataFrame) -> None:
    if known.empty:
        return
    x, deg = _x(known), known["point_of_control_deg"].to_numpy(float)
    low, high = (known[f"point_of_control_{end}_deg"].to_numpy(float) for end in ("low", "high"))
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
    for x, high in zip(_x(below), below["point_of_control_high_deg"], strict=True):
        arrow = {"arrowstyle": "-|>", "color": BLUE, "lw": 2.0, "shrinkA": 0, "shrinkB": 0}
        ax.annotate("", (x, max(high - 12, 1)), (x, high), arrowprops=arrow, zorder=3)
    if len(below):
        ax.plot(_x(below), below["point_of_control_high_deg"], "_", color=BLUE, ms=12, mew=2.2)
        ax.plot([], [], color=BLUE, marker="v", ls="", ms=7, label="lower than this")


def _draw_weeks(ax: Axes, days: Sequence[date], params: HistoryParams) -> None:
    """Sessions of each calendar week, Monday to Sunday, beside the plan."""
    weeks = weekly_sessions(days)
    least, most = params.least_sessions, params.most_sessions
    ax.axhspan(least, most, color=PALE, lw=0, zorder=0)
    mondays = [_day(week) for week in weeks]
    ax.bar(mondays, list(weeks.values()), width=6, align="edge", color=BLUE, zorder=2)
    ax.set_title(
        f"Sessions a week; the grey band is the plan, {least} to {most}",
        loc="left", fontsize=11, color=INK,
    )  # fmt: skip
    ax.set_ylim(0, max(most, *weeks.values()) + 0.6)
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    shown = max(mondays[-1] + 7 - mondays[0], _FEWEST_DAYS)
    ax.set_xlim(mondays[0] - 0.07 * shown, mondays[0] + 1.05 * shown)


def weekly_sessions(days: Sequence[date]) -> dict[date, int]:
    """Count the days with a session in each week, by its Monday; weeks without any are 0."""
    mondays = [day - timedelta(days=day.weekday()) for day in days]
    n = (mondays[-1] - mondays[0]) // _WEEK + 1
    weeks = [mondays[0] + i * _WEEK for i in range(n)]
    return {week: mondays.count(week) for week in weeks}


def _x(sets: pd.DataFrame) -> list[float]:
    return [_day(day) for day in sets["done_on"]]


def _day(day: date) -> float:
    return float(date2num(day))  # type: ignore[no-untyped-call]


def write_figure(figure: Figure, target: Path) -> None:
    """Write the figure whole or not at all; raises `UsageError` if it cannot be written."""
    kind = target.suffix.lower()[1:]
    about: dict[str, Any] = {"Date": None} if kind == "svg" else {}
    try:
        with mpl.rc_context(_RC), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph")  # a name in letters that the font lacks
            write_whole(target, lambda part: figure.savefig(part, format=kind, metadata=about))
    except OSError as error:
        raise UsageError(f"{target}: cannot be written ({error.strerror})") from error
