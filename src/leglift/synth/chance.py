"""Chance: shares, ranges, times and colours; a random stream goes in, a drawn value comes out."""

from __future__ import annotations

import colorsys
from collections.abc import Iterable, Sequence

import numpy as np

from leglift.synth.looks import Colour

Rng = np.random.Generator


def streams(seed: Sequence[int], names: str) -> dict[str, Rng]:
    """Give each name a random stream of its own; others behind them change none."""
    kept = names.split()
    children = np.random.SeedSequence(seed).spawn(len(kept))
    return dict(zip(kept, map(np.random.default_rng, children), strict=True))


def pick(rng: Rng, shares: dict[str, float]) -> str:
    """Draw one of the names, each with its share."""
    names = list(shares)
    return names[int(rng.choice(len(names), p=list(shares.values())))]


def between(rng: Rng, low: float, high: float) -> float:
    """Draw evenly, to four decimals."""
    return round(float(rng.uniform(low, high)), 4)


def spread(rng: Rng, low: float, high: float) -> float:
    """Between two times; half as long is as likely as twice as long."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def any_colour(rng: Rng, dark_share: float = 0.35, vivid: float = 1.0) -> Colour:
    """Draw a linear RGB colour; clothes and mats are often dark, rooms less vivid than clothes."""
    value = rng.uniform(0.1, 0.3) if rng.random() < dark_share else rng.uniform(0.3, 0.95)
    rgb = colorsys.hsv_to_rgb(rng.random(), vivid * rng.beta(1.2, 1.8), value)
    return as_colour([c**2.2 for c in rgb])


def mixed(rng: Rng, palette: tuple[Colour, ...]) -> Colour:
    """Somewhere between two neighbours of a palette."""
    place = rng.uniform(0, len(palette) - 1)
    k = min(int(place), len(palette) - 2)
    a, b = np.asarray(palette[k]), np.asarray(palette[k + 1])
    return as_colour(a + (b - a) * (place - k))


def as_colour(values: Iterable[float]) -> Colour:
    """Three numbers as a colour, to four decimals."""
    red, green, blue = (round(float(v), 4) for v in values)
    return red, green, blue
