"""Draw `docs/img/conventions.svg`: the axes, angles and phases that `docs/conventions.md` fixes.

The lumbar window comes from `params.yaml`. Every run gives the same bytes.

    python scripts/draw_conventions.py [FILE.svg|FILE.png]
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Arc, Circle, Polygon
from scipy.interpolate import PchipInterpolator

from leglift.motion.profile import AXIS_U, lower_hull
from leglift.params import load_params

Floats = npt.NDArray[np.float64]

DEFAULT = Path(__file__).parents[1] / "docs/img/conventions.svg"
STYLE = {
    "svg.hashsalt": "leglift",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "mathtext.fontset": "dejavusans",
}
# Okabe and Ito's colours, safe for the common kinds of colour blindness.
INK, GREY, SKIN = "#222222", "#6b6b6b", "#e3e3e3"
BLUE, ORANGE, GREEN, RED, PURPLE = "#0072B2", "#E69F00", "#007A59", "#D55E00", "#A34F80"

FLOOR_DEG = 5.0
SHOULDER, HIP = np.array([0.0, 0.22]), np.array([1.0, 0.18])
KNEE = HIP + 0.85 * np.array([np.cos(np.radians(52)), np.sin(np.radians(52))])
ANKLE = KNEE + 0.80 * np.array([np.cos(np.radians(26)), np.sin(np.radians(26))])
ELBOW, WRIST, EAR = np.array([-0.42, 0.36]), np.array([-0.80, 0.16]), np.array([-0.36, 0.20])
DORSAL = PchipInterpolator(
    [-0.15, 0.0, 0.20, 0.35, 0.52, 0.68, 0.82, 0.95, 1.05, 1.12, 1.20],
    [-0.15, -0.20, -0.22, -0.20, -0.145, -0.12, -0.14, -0.175, -0.17, -0.12, -0.02],
)
VENTRAL = PchipInterpolator(
    [-0.15, 0.0, 0.20, 0.35, 0.52, 0.68, 0.82, 0.90, 1.00, 1.20],
    [0.13, 0.17, 0.20, 0.20, 0.175, 0.16, 0.16, 0.18, 0.276, 0.53],
)
"""Height of the drawn body's back and front over its trunk axis."""


def tilted(xy: Floats) -> Floats:
    """Body frame to the drawn picture (y up), whose floor rises towards the feet."""
    c, s = np.cos(np.radians(FLOOR_DEG)), np.sin(np.radians(FLOOR_DEG))
    return np.asarray(np.asarray(xy) @ np.array([[c, s], [-s, c]]))


def shifted(point: Floats, dx: float, dy: float) -> Floats:
    """Move a point."""
    return np.asarray(point + np.array([dx, dy]))


def arrow(
    ax: Axes, start: Any, end: Any, colour: str, style: str = "-|>", width: float = 1.8
) -> None:
    """Draw an arrow in the panel's own units."""
    look = {"arrowstyle": style, "color": colour, "lw": width, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", xy=tuple(end), xytext=tuple(start), arrowprops=look, zorder=6)


def say(ax: Axes, x: float, y: float, text: str, colour: str = INK, **look: Any) -> None:
    """Put text at a point of the panel, centred unless told otherwise."""
    ax.text(x, y, text, **{"color": colour, "ha": "center", "va": "center", "zorder": 7, **look})


def limb(ax: Axes, ends: tuple[Floats, Floats], radii: tuple[float, float]) -> None:
    """Fill a tapered limb with round ends."""
    a, b = (tilted(end) for end in ends)
    along = (b - a) / np.linalg.norm(b - a)
    side = np.array([-along[1], along[0]])
    corners = [a + side * radii[0], b + side * radii[1], b - side * radii[1], a - side * radii[0]]
    ax.add_patch(Polygon(corners, color=SKIN, lw=0, zorder=1))
    for end, radius in zip((a, b), radii, strict=True):
        ax.add_patch(Circle(tuple(end), radius, color=SKIN, lw=0, zorder=1))


def draw_body(ax: Axes) -> None:
    """Fill the figure's outline and draw its landmarks as a stick figure."""
    u = np.linspace(0.0, 1.0, 200)  # the thigh's round end is the buttocks
    axis = HIP - SHOULDER
    up = np.array([-axis[1], axis[0]])
    back, front = (SHOULDER + np.outer(u, axis) + np.outer(v(u), up) for v in (DORSAL, VENTRAL))
    ax.add_patch(Polygon(tilted(np.vstack([back, front[::-1]])), color=SKIN, lw=0, zorder=1))
    ax.add_patch(Circle(tuple(tilted(shifted(EAR, -0.02, 0.0))), 0.17, color=SKIN, lw=0, zorder=1))
    limb(ax, (EAR, SHOULDER), (0.10, 0.20))
    limb(ax, (SHOULDER, ELBOW), (0.09, 0.065))
    limb(ax, (ELBOW, WRIST), (0.065, 0.045))
    limb(ax, (HIP, KNEE), (0.175, 0.10))
    limb(ax, (KNEE, ANKLE), (0.10, 0.055))
    limb(ax, (ANKLE, shifted(ANKLE, -0.05, 0.20)), (0.055, 0.035))
    for chain in ([WRIST, ELBOW, SHOULDER, HIP, KNEE, ANKLE], [EAR, SHOULDER]):
        xy = tilted(np.array(chain))
        ax.plot(*xy.T, color=INK, lw=2, marker="o", ms=6, zorder=4)


def draw_floor(ax: Axes) -> None:
    """Draw the floor line and its angle against the picture's horizontal."""
    ends = tilted(np.array([[-1.0, 0.0], [2.55, 0.0]]))
    ax.plot(*ends.T, color=RED, lw=2.2, zorder=3)
    level = ends[0] + np.array([[0.0, 0.0], [3.55, 0.0]])
    ax.plot(*level.T, color=GREY, lw=1.2, ls=(0, (4, 3)), zorder=2)
    ax.add_patch(Arc(tuple(ends[0]), 6.0, 6.0, theta1=0, theta2=FLOOR_DEG, color=RED, lw=1.8))
    say(ax, ends[0][0] + 3.06, ends[0][1] + 0.125, "floor_deg > 0", RED, ha="left")
    say(ax, 0.42, -0.16, "picture's horizontal", GREY)
    say(ax, *tilted(np.array([2.02, 0.085])), "floor line", RED, rotation=FLOOR_DEG)


def draw_leg_angles(ax: Axes) -> None:
    """Draw leg, thigh and knee angles of the near leg."""
    hip, knee, ankle = (tilted(p) for p in (HIP, KNEE, ANKLE))
    along = tilted(np.array([HIP, shifted(HIP, 1.05, 0.0)]))
    ax.plot(*along.T, color=RED, lw=1.4, ls=(0, (1, 1.5)), zorder=3)
    ax.plot(*np.array([hip, ankle]).T, color=BLUE, lw=1.8, ls=(0, (5, 2)), zorder=5)
    leg = np.degrees(np.arctan2(*(ankle - hip)[::-1]))
    thigh = np.degrees(np.arctan2(*(knee - hip)[::-1]))
    ax.add_patch(Arc(tuple(hip), 1.5, 1.5, theta1=FLOOR_DEG, theta2=leg, color=BLUE, lw=2.2))
    ax.add_patch(Arc(tuple(hip), 0.8, 0.8, theta1=FLOOR_DEG, theta2=thigh, color=PURPLE, lw=2.2))
    back = np.degrees(np.arctan2(*(hip - knee)[::-1]))
    out = np.degrees(np.arctan2(*(ankle - knee)[::-1]))
    ax.add_patch(Arc(tuple(knee), 0.42, 0.42, theta1=back, theta2=out, color=GREEN, lw=2.2))
    say(ax, hip[0] + 0.80, hip[1] + 0.30, "leg_deg", BLUE, ha="left", fontweight="bold")
    say(ax, hip[0] + 0.02, hip[1] + 0.58, "thigh_deg", PURPLE, ha="right")
    ax.plot(
        *np.array([shifted(hip, 0.03, 0.55), shifted(hip, 0.21, 0.345)]).T, color=PURPLE, lw=0.9
    )
    say(ax, knee[0] + 0.27, knee[1] - 0.20, "knee_deg", GREEN, ha="left")


def draw_names(ax: Axes) -> None:
    """Name the landmarks that the angles use."""
    names = {
        "wrist": (WRIST, -0.02, 0.13), "elbow": (ELBOW, 0.0, 0.13), "ear": (EAR, 0.0, -0.08),
        "shoulder\nu = 0": (SHOULDER, 0.02, 0.31), "hip\nu = 1": (HIP, -0.14, 0.31),
        "knee": (KNEE, -0.15, 0.13), "ankle": (ANKLE, 0.19, -0.03),
    }  # fmt: skip
    for name, (point, dx, dy) in names.items():
        x, y = shifted(tilted(point), dx, dy)
        say(ax, x, y, name, fontsize=10.5, linespacing=1.1)


def draw_frames(ax: Axes) -> None:
    """Draw the edge of the picture, its axes, and the axes of the body frame."""
    left, right, bottom, top = -1.45, 2.95, -0.30, 1.68
    edge = [(left, bottom), (right, bottom), (right, top), (left, top)]
    ax.add_patch(Polygon(edge, fill=False, ec=GREY, lw=1.2, zorder=0))
    arrow(ax, (left, top), (left + 0.5, top), GREY)
    arrow(ax, (left, top), (left, top - 0.5), GREY)
    say(ax, left + 0.54, top - 0.08, "x_px", GREY, ha="left")
    say(ax, left + 0.06, top - 0.54, "y_px", GREY, ha="left")
    say(ax, left + 0.06, top - 0.16, "picture frame", GREY, ha="left", fontstyle="italic")
    origin = np.array([-0.60, 1.0])
    for way, name, shift in (([0.5, 0.0], "x, head to feet", 0.06), ([0.0, 0.42], "y", -0.10)):
        x, y = origin + tilted(np.array(way))
        arrow(ax, origin, (x, y), INK)
        say(ax, x + shift, y, name, ha="left")
    caption = "body frame,\nunit: one trunk length"
    say(ax, origin[0] + 0.02, origin[1] - 0.13, caption, ha="left", fontstyle="italic")
    ax.set(xlim=(left - 0.03, right + 0.03), ylim=(bottom - 0.03, top + 0.03), aspect="equal")


def panel_figure(ax: Axes) -> None:
    """Draw the lying person as the camera sees them."""
    ax.set_axis_off()
    draw_body(ax)
    draw_floor(ax)
    draw_leg_angles(ax)
    draw_names(ax)
    draw_frames(ax)


def panel_trunk(ax: Axes) -> None:
    """Draw the trunk in its own coordinates: window, support line, gap."""
    back = load_params().back
    ax.set_axis_off()
    u = np.linspace(-0.15, 1.20, 300)
    ax.fill_between(u, DORSAL(u), np.minimum(VENTRAL(u), 0.40), color=SKIN, lw=0)
    ax.axvspan(back.lumbar_from, back.lumbar_to, color=ORANGE, alpha=0.28, lw=0)
    seen = AXIS_U[AXIS_U <= 1.2]
    heights = DORSAL(seen)
    hull = lower_hull(seen, heights)
    ax.plot(seen[hull], heights[hull], color=RED, lw=2, zorder=3)
    ax.plot(seen, heights, "o", ms=4, color=INK, zorder=4)
    window = (seen >= back.lumbar_from - 1e-9) & (seen <= back.lumbar_to + 1e-9)
    line = np.interp(seen, seen[hull], heights[hull])
    widest = int(np.argmax(np.where(window, heights - line, -1)))
    foot = (seen[widest], line[widest])
    arrow(ax, foot, (seen[widest], heights[widest]), BLUE, "<|-|>", 1.6)
    label_trunk(ax, back.lumbar_from, back.lumbar_to, foot)


def label_trunk(ax: Axes, first: float, last: float, foot: tuple[float, float]) -> None:
    """Draw the trunk's axes and name what panel B shows."""
    arrow(ax, (-0.2, 0), (1.5, 0), INK, width=1.4)
    arrow(ax, (0, -0.02), (0, 0.36), INK, width=1.4)
    ax.plot([0, 1], [0, 0], "o", ms=7, color=INK)
    say(ax, 1.52, 0, "u", ha="left")
    say(ax, -0.03, 0.34, "v", ha="right")
    say(ax, 0.02, -0.06, "shoulder, u = 0", ha="left", fontsize=10)
    say(ax, 1.0, 0.07, "hip, u = 1", fontsize=10)
    say(ax, (first + last) / 2, 0.29, f"lumbar window\nu = {first:.2f} to {last:.2f}", fontsize=10)
    say(ax, 0.02, -0.36, "support line", RED, fontsize=10.5)
    say(ax, foot[0], -0.36, "gap_norm", BLUE, fontweight="bold", fontsize=10.5)
    ax.plot([foot[0], foot[0]], [-0.32, foot[1] - 0.01], color=BLUE, lw=0.8)
    ax.plot([0.1, 0.17], [-0.32, -0.235], color=RED, lw=0.8)
    say(ax, 1.27, -0.30, "dorsal outline,\na value every 0.05 u", fontsize=10)
    ax.plot([1.16, 1.115], [-0.235, -0.145], color=INK, lw=0.8)
    ax.set(xlim=(-0.25, 1.6), ylim=(-0.42, 0.40), aspect="equal", anchor="NW")


def panel_view(ax: Axes) -> None:
    """Draw the camera's place from above."""
    ax.set_axis_off()
    for y, name, colour in ((0.0, "near", INK), (0.62, "far", GREY)):
        ax.plot([0, 1], [y, y], "o-", color=colour, lw=2, ms=7)
        say(ax, 1.08, y, f"{name} side", colour, ha="left")
    ax.plot([0, 0], [0, 0.62], [1, 1], [0, 0.62], color=GREY, lw=1.2, ls=(0, (2, 2)))
    say(ax, 0.02, 0.80, "shoulders", fontsize=10)
    say(ax, 1.0, 0.80, "hips", fontsize=10)
    centre = np.array([0.5, 0.31])
    square = centre - [0, 1.35]
    off = centre + 1.35 * np.array([np.sin(np.radians(35)), -np.cos(np.radians(35))])
    ax.plot(*np.array([centre, square]).T, color=GREY, lw=1.4, ls=(0, (4, 3)))
    ax.plot(*np.array([centre, off]).T, color=BLUE, lw=1.8)
    ax.add_patch(Arc(tuple(centre), 1.9, 1.9, theta1=-90, theta2=-55, color=BLUE, lw=2.2))
    for place, colour in ((square, GREY), (off, BLUE)):
        ax.plot(*place, "s", ms=12, color=colour)
    say(ax, 1.06, -0.36, "off_axis_deg", BLUE, fontweight="bold", ha="left")
    say(ax, square[0] - 0.12, square[1], "camera\nside-on: 0", GREY, ha="right", fontsize=10)
    ax.set(xlim=(-0.45, 1.85), ylim=(-1.2, 0.9), aspect="equal", anchor="NW")


def panel_rep(ax: Axes) -> None:
    """Draw the phases of a rep on a leg-angle trace."""
    knots = [(0.0, 12), (0.8, 12), (2.4, 86), (3.2, 86), (6.2, 12), (7.0, 12), (8.0, 55)]
    time = np.linspace(0, 7.4, 600)
    angle = np.full(len(time), 12.0)
    for (begin, low), (end, high) in pairwise(knots):
        s = np.clip((time - begin) / (end - begin), 0, 1)
        smooth = low + (high - low) * s**3 * (10 - 15 * s + 6 * s**2)
        angle = np.where(time >= begin, smooth, angle)
    at = {"start_s": 0.8, "hold_start_s": 2.4, "top_s": 2.8, "hold_end_s": 3.2, "end_s": 6.2}
    phases = (
        ("bottom", 0.0, at["start_s"], "none"), ("lift", at["start_s"], at["hold_start_s"], GREEN),
        ("hold", at["hold_start_s"], at["hold_end_s"], ORANGE),
        ("lowering (eccentric)", at["hold_end_s"], at["end_s"], PURPLE),
        ("bottom", at["end_s"], 7.0, "none"), ("lift", 7.0, 7.4, GREEN),
    )  # fmt: skip
    for name, begin, end, colour in phases:
        ax.axvspan(begin, end, color=colour, alpha=0.22, lw=0)
        if end - begin > 0.5:
            say(ax, (begin + end) / 2, 103, name)
    ax.plot(time, angle, color=INK, lw=2.4)
    label_events(ax, at)


def label_events(ax: Axes, at: dict[str, float]) -> None:
    """Name the events of the rep and close the half-open interval."""
    for t in at.values():
        ax.axvline(t, color=GREY, lw=1, ls=(0, (2, 2)), ymax=0.86)
    ax.plot([at["start_s"], at["end_s"]], [3.5, 3.5], color=BLUE, lw=2)
    ax.plot(at["start_s"], 3.5, "o", color=BLUE, ms=8)
    ax.plot(at["end_s"], 3.5, "o", mec=BLUE, mfc="white", mew=2, ms=8)
    say(ax, 4.35, 11.5, "one rep: [start_s, end_s)", BLUE, fontweight="bold")
    ax.set_xticks(list(at.values()), list(at), rotation=28, ha="right", rotation_mode="anchor")
    ax.set_yticks([0, 30, 60, 90])
    ax.set_ylabel("leg_deg")
    ax.set(xlim=(0, 7.4), ylim=(-4, 110))
    ax.spines[["top", "right"]].set_visible(False)
    say(ax, 1.0, -0.07, "time", transform=ax.transAxes, ha="right")


def draw() -> Figure:
    """Draw all panels on white, so that dark pages show them too."""
    figure = Figure(figsize=(11, 13), facecolor="white")
    grid = figure.add_gridspec(3, 2, height_ratios=[1.62, 1.0, 0.8], width_ratios=[1.45, 1])
    for panel, cell, title in (
        (panel_figure, grid[0, :], "A  Near side of the person, feet to the right of the picture"),
        (panel_trunk, grid[1, 0], "B  Trunk coordinates, lumbar window, gap"),
        (panel_view, grid[1, 1], "C  Off-axis angle, from above"),
        (panel_rep, grid[2, :], "D  Phases of a rep"),
    ):
        ax = figure.add_subplot(cell)
        ax.set_title(title, loc="left", fontsize=12.5, fontweight="bold", color=INK, pad=8)
        panel(ax)
    figure.subplots_adjust(left=0.06, right=0.985, top=0.965, bottom=0.075, hspace=0.2, wspace=0.05)
    return figure


def main(argv: list[str]) -> None:
    """Write the picture to the file named, or to its place in the docs."""
    path = Path(argv[0]) if argv else DEFAULT
    mpl.rcParams.update(STYLE)
    fixed = {"metadata": {"Date": None}} if path.suffix == ".svg" else {"dpi": 100}
    draw().savefig(path, **fixed)
    print(path)


if __name__ == "__main__":
    main(sys.argv[1:])
