"""The person's own scale: pressed flat, let go, pressed flat, before the set or anywhere in it.

Flat backs read from 0.00 to 0.10 trunk lengths, by cloth and build. Who shows both ends once is
judged between them instead of by what other people's backs read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from leglift.errors import UsageError
from leglift.instrument.gate import SEEN_AT
from leglift.instrument.lifted import EdgeModel, scaled

FLAT_QUANTILE, ARCH_QUANTILE = 0.1, 0.9
LEAST_REACH_NORM = 0.01
"""Flat and arch nearer to each other than this are not told apart."""


@dataclass(frozen=True)
class Span:
    """Seconds of the video in which the person presses flat, lets go and presses flat."""

    start_s: float
    end_s: float

    def __str__(self) -> str:
        """As the option is written."""
        return f"{self.start_s:g}-{self.end_s:g}"


def span_of(text: str) -> Span:
    """Read `A-B`, in seconds.

    Raises
    ------
    UsageError
        It is something else, or B is not after A.
    """
    first, _, last = text.partition("-")
    try:
        span = Span(float(first), float(last))
    except ValueError:
        raise UsageError(f"--calibration {text}: say 0-8, seconds from and to") from None
    if not 0 <= span.start_s < span.end_s < float("inf"):
        raise UsageError(f"--calibration {text}: the second number must be the later one")
    return span


def own_scale(edge: pd.DataFrame, span: Span) -> tuple[float, float]:
    """Heights (trunk lengths) of the person's own flat and own arch within the span.

    Raises
    ------
    UsageError
        The back is not seen in it, or it does not move.
    """
    inside = edge[edge["time_s"].between(span.start_s, span.end_s)]
    seen = inside.loc[inside["back_visible"] >= SEEN_AT, "height_norm"].dropna()
    if seen.empty:
        raise UsageError(f"--calibration {span}: the back is not visible in these seconds")
    flat, arch = (float(seen.quantile(q)) for q in (FLAT_QUANTILE, ARCH_QUANTILE))
    if arch - flat < LEAST_REACH_NORM:
        raise UsageError(
            f"--calibration {span}: flat and arched back are not told apart in these seconds; "
            "press the back flat, let go, press it flat"
        )
    return flat, arch


def calibrated(edge: pd.DataFrame, model: EdgeModel, span: Span) -> pd.DataFrame:
    """Measured moments with `p_lifted` in the person's own scale; the heights stay as they are."""
    height = scaled(model, edge["height_norm"].to_numpy(float), *own_scale(edge, span))
    seen = edge["back_visible"].to_numpy(float) >= SEEN_AT
    return edge.assign(p_lifted=np.where(seen, model.probability(height), np.nan))
