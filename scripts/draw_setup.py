"""Draw the set-up picture: where the camera stands, what it sees, and what comes before the set.

    python scripts/draw_setup.py [FILE.svg]

Without a file both copies are written: the page's (`docs/img/setup.svg`) and the one that the
report shows (beside its template). Every run gives the same bytes. A figure's units are hundredths
of the trunk, from the shoulder (0) to the hip (100); the floor is at 0 and up is positive.
"""

from __future__ import annotations

import sys
from cmath import phase, rect
from collections.abc import Sequence
from dataclasses import dataclass
from math import acos, radians
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPIES = (ROOT / "docs/img/setup.svg", ROOT / "src/leglift/verdict/drawing/setup.svg")

WIDE, HIGH, PLAIN = 400, 552, 13.5
INK, DIM, LINE, MAT = "#17202a", "#5a6673", "#c3ccd5", "#8fa9bf"
SKIN, HAIR, TOP, SHORTS = "#e2c9b4", "#4a3b30", "#6d7f91", "#3d4853"
BLUE, ORANGE = "#0072b2", "#d55e00"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"

FLAT = (-13 + 4j, 5 + 1j, 30 + 1j, 55 + 1j, 80 + 1j, 104 + 1j, 119 + 9j)
ARCHED = (-13 + 4j, 5 + 1j, 24 + 3j, 50 + 12j, 76 + 10j, 100 + 1j, 119 + 9j)
"""Points of the back, from the neck to the buttocks."""

FRONT = (121 + 24j, 106 + 35j, 84 + 33j, 60 + 31j, 35 + 40j, 12 + 42j, -8 + 33j, -15 + 18j)
HIP = 104 + 18j


@dataclass(frozen=True)
class Figure:
    """A lying body on the page: its shoulder on the floor, px a unit, and how it lies."""

    origin: complex
    scale: float
    knee: complex
    ankle: complex
    toe: complex
    back: tuple[complex, ...] = FLAT

    def at(self, point: complex) -> complex:
        """Place a point of the figure on the page, where y points down."""
        return self.origin + self.scale * point.conjugate()


def leg(thigh_deg: float, shin_deg: float) -> tuple[complex, complex, complex]:
    """Knee, ankle and toe for the angles of thigh and shin over the floor."""
    knee = HIP + rect(78, radians(thigh_deg))
    ankle = knee + rect(76, radians(shin_deg))
    return knee, ankle, ankle + rect(26, radians(shin_deg + 80 if shin_deg > 0 else 0))


def figure(one: Figure) -> list[str]:
    """Draw a body from the side: far things first."""
    trunk = curve([one.at(p) for p in (*one.back, *FRONT, one.back[0])], closed=True)
    shorts = curve([one.at(p) for p in (*one.back[4:], *FRONT[:3])])
    return [
        circle(one, -49 + 18j, 19, HAIR),
        circle(one, -38 + 38j, 4, SKIN),
        circle(one, -43 + 22j, 18, SKIN),
        limb(one, -30 + 18j, -8 + 21j, 9, 12, SKIN),
        path(trunk + "Z", TOP),
        limb(one, one.ankle, one.toe, 8, 5, SKIN),
        limb(one, one.knee, one.ankle, 13, 8, SKIN),
        limb(one, HIP, one.knee, 18, 13, SKIN),
        limb(one, HIP, HIP + 0.6 * (one.knee - HIP), 19, 15.5, SHORTS),
        path(shorts + "Z", SHORTS),
        limb(one, 3 + 26j, 40 + 45j, 11, 8.5, SKIN),
        limb(one, 40 + 46j, 10 + 54j, 8, 6.5, SKIN),
    ]


def hollow(one: Figure, colour: str) -> str:
    """Fill what lies between the lower back and the floor, at least as a line."""
    back = [one.at(p) for p in one.back[1:6]]
    low = [complex(p.real, one.origin.imag + 3.5 * one.scale) for p in (back[-1], back[0])]
    return path(curve(back) + "".join(f"L{pair(p)}" for p in low) + "Z", colour)


def limb(one: Figure, start: complex, end: complex, r_start: float, r_end: float, fill: str) -> str:
    """Fill two discs and what lies between their outer tangents."""
    a, b, r_a, r_b = one.at(start), one.at(end), r_start * one.scale, r_end * one.scale
    off = acos((r_a - r_b) / abs(b - a))
    left, right = (rect(1, phase(b - a) + turn) for turn in (off, -off))
    large = int(r_a > r_b)
    return path(
        f"M{pair(a + r_a * left)}L{pair(b + r_b * left)}"
        f"A{r_b:.1f} {r_b:.1f} 0 {1 - large} 0 {pair(b + r_b * right)}"
        f"L{pair(a + r_a * right)}A{r_a:.1f} {r_a:.1f} 0 {large} 0 {pair(a + r_a * left)}Z",
        fill,
    )


def curve(points: Sequence[complex], *, closed: bool = False) -> str:
    """Return a curve through points (Catmull and Rom's, as Bezier pieces)."""
    before, after = (points[-2], points[1]) if closed else (points[0], points[-1])
    padded = [before, *points, after]
    data = f"M{pair(points[0])}"
    for p, q, r, s in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        data += f"C{pair(q + (r - p) / 6)} {pair(r - (s - q) / 6)} {pair(r)}"
    return data


def pair(point: complex) -> str:
    """Write a point."""
    return f"{point.real:.1f} {point.imag:.1f}"


def path(data: str, fill: str, more: str = "") -> str:
    """Return a filled shape."""
    return f'<path d="{data}" fill="{fill}"{more}/>'


def line(data: str, colour: str, width: float = 1.5, more: str = "") -> str:
    """Return a line."""
    return f'<path d="{data}" fill="none" stroke="{colour}" stroke-width="{width}"{more}/>'


def circle(one: Figure, centre: complex, radius: float, fill: str) -> str:
    """Return a disc of a figure."""
    at, r = one.at(centre), radius * one.scale
    return f'<circle cx="{at.real:.1f}" cy="{at.imag:.1f}" r="{r:.1f}" fill="{fill}"/>'


def words(
    x: float, y: float, said: str, colour: str = INK, size: float = PLAIN, anchor: str = "start"
) -> str:
    """Return a line of text; what is larger than plain text is bold too."""
    weight = ' font-weight="650"' if size > PLAIN else ""
    look = f'font-size="{size:g}" text-anchor="{anchor}" fill="{colour}"{weight}'
    return f'<text x="{x:g}" y="{y:g}" {look}>{said}</text>'


def box(x: float, y: float, wide: float, high: float, fill: str, more: str = "") -> str:
    """Return a rectangle."""
    return f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}" fill="{fill}"{more}/>'


def from_above() -> list[str]:
    """Draw where the camera stands: square to the body, three metres off."""
    round_mat = f' rx="4" stroke="{MAT}" stroke-opacity=".5"'
    return [
        words(16, 24, "1  Camera square to your side", size=15),
        box(66, 38, 268, 44, MAT, round_mat + ' fill-opacity=".35"'),
        box(166, 50, 152, 9, SKIN, ' rx="4.5"'),
        box(166, 62, 152, 9, SKIN, ' rx="4.5"'),
        box(168, 48, 52, 25, SHORTS, ' rx="7"'),
        box(104, 44, 80, 33, TOP, ' rx="12"'),
        '<circle cx="88" cy="60.5" r="12" fill="' + HAIR + '"/>',
        line("M118 40L140 66M118 81L140 55", SKIN, 9, ' stroke-linecap="round"'),
        line("M196 90L196 132", DIM, 1.5, ' stroke-dasharray="4 4"'),
        line("M196 98H204V90", DIM),
        words(210, 117, "about 3 m", DIM),
        box(184, 134, 24, 16, INK, ' rx="3"'),
        box(191.5, 130, 9, 6, INK, ' rx="1.5"'),
        words(216, 147, "on the floor, at mat height", DIM),
    ]


def seen() -> list[str]:
    """Draw what the camera sees."""
    one = Figure(122 + 286j, 0.72, *leg(9, 7))
    return [
        words(16, 184, "2  Whole body in the picture", size=15),
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
    drawn = [words(16, 348, "3  First show your back: 2 seconds each", size=15)]
    for i, name in enumerate(said):
        left, top = 16 + 189 * (i % 2), 360 + 94 * (i // 2)
        colour, back = (ORANGE, ARCHED) if i == 1 else (BLUE, FLAT)
        one = Figure(complex(left + 48, top + 56), 0.5, *(bent if i < 3 else raised), back)
        drawn += [
            box(left, top, 179, 84, "#eef2f5", f' rx="8" stroke="{LINE}"'),
            *figure(one),
            line(f"M{left + 10} {top + 57.5}H{left + 169}", MAT, 3),
            *([hollow(one, colour)] if i < 3 else []),
            words(left + 89.5, top + 76, name, colour if i < 3 else INK, 14, "middle"),
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
