"""Stretches of a clip in seconds, in tables written as `a-b;c-d`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Spans = Sequence[tuple[float, float]]


def spans_of(text: str) -> list[tuple[float, float]]:
    """Spans `a-b;c-d` in seconds as numbers."""
    ends = (span.split("-") for span in text.split(";") if span)
    return [(float(first), float(last)) for first, last in ends]


def in_spans(times_s: npt.ArrayLike, spans: Spans) -> npt.NDArray[np.bool_]:
    """Whether each time (n,) lies in one of the spans, their ends among them."""
    times = np.asarray(times_s)
    inside = np.zeros(len(times), bool)
    for first, last in spans:
        inside |= (times >= first) & (times <= last)
    return inside
