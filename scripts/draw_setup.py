"""Draw the set-up picture: where the camera stands, what it sees, and what comes before the set.

    python scripts/draw_setup.py [FILE.svg]

Without a file both copies are written: the page's (`docs/img/setup.svg`) and the one that the
report shows (beside its template). Every run gives the same bytes. A figure's units are hundredths
of the trunk, from the shoulder (0) to the hip (100); the floor is at 0 and up is positive.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import acos, atan2, cos, hypot, pi, radians, sin
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPIES = (
    ROOT / "docs/img/setup.svg",
    ROOT / "src/leglift/verdict/drawing/setup.svg",
)

WIDE, HIGH = 400, 552
INK, DIM, LINE, MAT = "#17202a", "#5a6673", "#c3ccd5", "#8fa9bf"
SKIN, HAIR, TOP, SHORTS = "#e2c9b4", "#4a3b30", "#6d7f91", "#3d4853"
BLUE, ORANGE = "#0072b2", "#d55e00"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"

Point = tuple[float, float]

FLAT = ((-13, 4), (5, 1), (30, 1), (55, 1), (80, 1), (104, 1), (119, 9))
ARCHED = ((-13, 4), (5, 1), (24, 3), (50, 12), (76, 10), (100, 1), (119, 9))
FRONT = ((121, 24), (106, 35), (84, 33), (60, 31), (35, 40), (12, 42), (-8, 33), (-15, 18))


@dataclass(frozen=True)
class Figure:
    """A lying body on the page: `x`, `y` of shoulder and floor, px a unit, and how it lies."""

    x: float
    y: float
    scale: float
    knee: Point
    ankle: Point
    toe: Point
    arched: bool = False

    def at(self, point: Point) -> Point:
        """Place a point of the figure on the page."""
        return self.x + self.scale * point[0], self.y - self.scale * point[1]


def leg(thigh_deg: float, shin_deg: float) -> tuple[Point, Point, Point]:
    """Knee, ankle and toe for the angles of thigh and shin over the floor."""
    knee = (104 + 78 * cos(radians(thigh_deg)), 18 + 78 * sin(radians(thigh_deg)))
    ankle = (knee[0] + 76 * cos(radians(shin_deg)), knee[1] + 76 * sin(radians(shin_deg)))
    toe_deg = shin_deg + (80 if shin_deg > 0 else -shin_deg)
    return (
        knee,
        ankle,
        (ankle[0] + 26 * cos(radians(toe_deg)), ankle[1] + 26 * sin(radians(toe_deg))),
    )


def figure(one: Figure) -> list[str]:
    """Draw a body from the side: far things first."""
    back = ARCHED if one.arched else FLAT
    trunk = smooth([one.at(p) for p in (*back, *FRONT)])
    shorts = curve([one.at(p) for p in (*back[4:], *FRONT[:3])]) + "Z"
    hip = (104, 18)
    foot = limb(one, one.ankle, one.toe, 8, 5)
    return [
        circle(one, (-49, 18), 19, HAIR),
        circle(one, (-38, 38), 4, SKIN),
        circle(one, (-43, 22), 18, SKIN),
        path(limb(one, (-30, 18), (-8, 21), 9, 12), SKIN),
        path(trunk, TOP),
        path(foot, SKIN),
        path(limb(one, one.knee, one.ankle, 13, 8), SKIN),
        path(limb(one, hip, one.knee, 18, 13), SKIN),
        path(limb(one, hip, between(hip, one.knee, 0.6), 19, 15.5), SHORTS),
        path(shorts, SHORTS),
        path(limb(one, (3, 26), (40, 45), 11, 8.5), SKIN),
        path(limb(one, (40, 46), (10, 54), 8, 6.5), SKIN),
    ]


def between(a: Point, b: Point, share: float) -> Point:
    """Return the point a share of the way from one to the other."""
    return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])


def hollow(one: Figure, colour: str) -> str:
    """Fill what lies between the lower back and the floor, at least as a line."""
    back = [one.at(p) for p in (ARCHED if one.arched else FLAT)[1:6]]
    low = [(x, one.y + 3.5 * one.scale) for x, _ in (back[-1], back[0])]
    return path(curve(back) + "".join(f"L{pair(p)}" for p in low) + "Z", colour)


def limb(one: Figure, start: Point, end: Point, r_start: float, r_end: float) -> str:
    """Return the outline of two discs and what lies between their outer tangents."""
    (x0, y0), (x1, y1) = one.at(start), one.at(end)
    r0, r1 = r_start * one.scale, r_end * one.scale
    along, off = atan2(y1 - y0, x1 - x0), acos((r0 - r1) / hypot(x1 - x0, y1 - y0))
    a, b = along + off, along - off
    p0, p1, p2, p3 = (
        (x + r * cos(turn), y + r * sin(turn))
        for x, y, r, turn in ((x0, y0, r0, a), (x1, y1, r1, a), (x1, y1, r1, b), (x0, y0, r0, b))
    )
    large = int(2 * pi - 2 * off > pi)
    return (
        f"M{pair(p0)}L{pair(p1)}A{r1:.1f} {r1:.1f} 0 {1 - large} 0 {pair(p2)}"
        f"L{pair(p3)}A{r0:.1f} {r0:.1f} 0 {large} 0 {pair(p0)}Z"
    )


def smooth(points: Sequence[Point]) -> str:
    """Return a closed curve through points."""
    return curve([*points, points[0]], closed=True) + "Z"


def curve(points: Sequence[Point], *, closed: bool = False) -> str:
    """Return a curve through points (Catmull and Rom's, as Bezier pieces)."""
    before, after = (points[-2], points[1]) if closed else (points[0], points[-1])
    padded = [before, *points, after]
    data = f"M{pair(points[0])}"
    for p, q, r, s in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        first = (q[0] + (r[0] - p[0]) / 6, q[1] + (r[1] - p[1]) / 6)
        second = (r[0] - (s[0] - q[0]) / 6, r[1] - (s[1] - q[1]) / 6)
        data += f"C{pair(first)} {pair(second)} {pair(r)}"
    return data


def pair(point: Point) -> str:
    """Write a point."""
    return f"{point[0]:.1f} {point[1]:.1f}"


def path(data: str, fill: str, more: str = "") -> str:
    """Return a filled shape."""
    return f'<path d="{data}" fill="{fill}"{more}/>'


def line(data: str, colour: str, width: float = 1.5, more: str = "") -> str:
    """Return a line."""
    return f'<path d="{data}" fill="none" stroke="{colour}" stroke-width="{width}"{more}/>'


def circle(one: Figure, centre: Point, radius: float, fill: str) -> str:
    """Return a disc of a figure."""
    x, y = one.at(centre)
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius * one.scale:.1f}" fill="{fill}"/>'


def words(
    x: float,
    y: float,
    said: str,
    anchor: str = "start",
    size: float = 13.5,
    colour: str = INK,
    *,
    bold: bool = False,
) -> str:
    """Return a line of text."""
    weight = ' font-weight="650"' if bold else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" text-anchor="{anchor}" '
        f'fill="{colour}"{weight}>{said}</text>'
    )


def box(x: float, y: float, wide: float, high: float, fill: str, more: str = "") -> str:
    """Return a rectangle."""
    return f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}" fill="{fill}"{more}/>'


def from_above() -> list[str]:
    """Draw where the camera stands: square to the body, three metres off."""
    round_mat = f' rx="4" stroke="{MAT}" stroke-opacity=".5"'
    return [
        words(16, 24, "1  Camera square to your side", bold=True, size=15),
        box(66, 38, 268, 44, MAT, round_mat + ' fill-opacity=".35"'),
        box(166, 50, 152, 9, SKIN, ' rx="4.5"'),
        box(166, 62, 152, 9, SKIN, ' rx="4.5"'),
        box(168, 48, 52, 25, SHORTS, ' rx="7"'),
        box(104, 44, 80, 33, TOP, ' rx="12"'),
        '<circle cx="88" cy="60.5" r="12" fill="' + HAIR + '"/>',
        line("M118 40L140 66M118 81L140 55", SKIN, 9, ' stroke-linecap="round"'),
        line("M196 90L196 132", DIM, 1.5, ' stroke-dasharray="4 4"'),
        line("M196 98H204V90", DIM),
        words(210, 117, "about 3 m", colour=DIM),
        box(184, 134, 24, 16, INK, ' rx="3"'),
        box(191.5, 130, 9, 6, INK, ' rx="1.5"'),
        words(216, 147, "on the floor, at mat height", colour=DIM),
    ]


def seen() -> list[str]:
    """Draw what the camera sees."""
    one = Figure(122, 286, 0.72, *leg(9, 7))
    return [
        words(16, 184, "2  Whole body in the picture", bold=True, size=15),
        box(16, 196, 368, 116, "#eef2f5", f' rx="8" stroke="{LINE}"'),
        box(40, 286, 320, 6, MAT, ' rx="3"'),
        *figure(one),
        line("M136 243L126 225", DIM, 1.2),
        words(34, 219, "arms folded across the chest"),
        line("M178 262L206 236", DIM, 1.2),
        words(210, 237, "fitted top"),
    ]


def steps() -> list[str]:
    """Draw what comes before the set."""
    bent, raised = leg(52, -64), leg(15, 13)
    said = ("press flat", "let it arch", "press flat", "then the set")
    drawn = [words(16, 348, "3  First show your back: 2 seconds each", bold=True, size=15)]
    for i, name in enumerate(said):
        left, top = 16 + 189 * (i % 2), 360 + 94 * (i // 2)
        one = Figure(left + 48, top + 56, 0.5, *(bent if i < 3 else raised), arched=i == 1)
        colour = ORANGE if i == 1 else BLUE
        drawn += [
            box(left, top, 179, 84, "#eef2f5", f' rx="8" stroke="{LINE}"'),
            *figure(one),
            line(f"M{left + 10} {one.y + 1.5}H{left + 169}", MAT, 3),
            *([hollow(one, colour)] if i < 3 else []),
            words(left + 89.5, top + 76, name, "middle", 14, colour if i < 3 else INK, bold=True),
        ]
    return drawn


def picture() -> str:
    """Return the whole picture."""
    about = (
        "How to film: the camera on the floor, about 3 m from your side and square to it; the "
        "whole body in the picture, arms folded across the chest, a fitted top; before the set "
        "press the back flat, let it arch, press it flat, two seconds each."
    )
    parts = [box(0, 0, WIDE, HIGH, "#ffffff", ' rx="10"'), *from_above(), *seen(), *steps()]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" role="img" '
        f'aria-label="{about}" font-family="{FONT}">\n' + "\n".join(parts) + "\n</svg>\n"
    )


def main() -> None:
    """Write the picture."""
    for target in [Path(name) for name in sys.argv[1:]] or COPIES:
        target.write_text(picture(), encoding="utf-8")
        print(target)


if __name__ == "__main__":
    main()
