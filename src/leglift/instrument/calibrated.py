"""The person's own scale: pressed flat, arched, pressed flat, before the set or anywhere in it.

Flat backs read from 0.00 to 0.10 trunk lengths, by cloth and build. Who shows both ends once is
judged between them instead of by what other people's backs read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from leglift.errors import UsageError
from leglift.instrument.edge import EDGE_HZ
from leglift.instrument.gate import SEEN_AT
from leglift.instrument.lifted import EdgeModel, scaled
from leglift.motion.signals import true_runs

FLAT_QUANTILE, ARCH_QUANTILE = 0.1, 0.9
LEAST_REACH_NORM = 0.01
"""Flat and arch nearer to each other than this are not told apart."""

STILL_DEG = 8.0
LEAST_SHOWN_S = 3.0
LEAST_SHOWN_NORM = 0.03
"""The own scale is looked for where the legs keep so still for so long and the back rises so much.

More than is asked of seconds that somebody names: nobody said that this is a calibration.
"""

_STILL_MOMENTS = 11
_SMOOTH = 3
_MOSTLY = 0.8
_UP_FROM, _DOWN_TO = 0.7, 0.3  # of the own range


@dataclass(frozen=True)
class Span:
    """Seconds of the video in which the person presses flat, lets go and presses flat."""

    start_s: float
    end_s: float

    def __str__(self) -> str:
        """As the option is written."""
        return f"{self.start_s:g}-{self.end_s:g}"


OFF = Span(0.0, 0.0)
"""Asked for instead of seconds: other people's scale, even where the own one is shown."""


def span_of(text: str | None) -> Span | None:
    """Read `A-B`, in seconds, or `off`; a UsageError if it is something else, or B not after A."""
    if text is None:
        return None
    if text == "off":
        return OFF
    first, _, last = text.partition("-")
    try:
        span = Span(float(first), float(last))
    except ValueError:
        raise UsageError(f"--calibration {text}: say 0-8, seconds from and to, or off") from None
    if not 0 <= span.start_s < span.end_s < float("inf"):
        raise UsageError(f"--calibration {text}: the second number must be the later one")
    return span


def own_scale(edge: pd.DataFrame, span: Span) -> tuple[float, float]:
    """Heights (trunk lengths) of the person's own flat and own arch within the span.

    A UsageError where the back is not seen in it, or does not move.
    """
    inside = edge[edge["time_s"].between(span.start_s, span.end_s)]
    seen = inside.loc[inside["back_visible"] >= SEEN_AT, "height_norm"].dropna()
    if seen.empty:
        raise UsageError(f"--calibration {span}: the back is not visible in these seconds")
    flat, arch = (float(seen.quantile(q)) for q in (FLAT_QUANTILE, ARCH_QUANTILE))
    if arch - flat < LEAST_REACH_NORM:
        raise UsageError(
            f"--calibration {span}: flat and arched back are not told apart in these seconds; "
            "press the back flat, let it arch, press it flat"
        )
    return flat, arch


def calibrated(edge: pd.DataFrame, model: EdgeModel, span: Span) -> pd.DataFrame:
    """Measured moments with `p_lifted` in the person's own scale; the heights stay as they are."""
    height = scaled(model, edge["height_norm"].to_numpy(float), *own_scale(edge, span))
    seen = edge["back_visible"].to_numpy(float) >= SEEN_AT
    return edge.assign(p_lifted=np.where(seen, model.probability(height), np.nan))


def own_span(edge: pd.DataFrame, asked: Span | None) -> Span | None:
    """Seconds of the own scale: those asked for, else those found; None if neither or `OFF`."""
    if asked == OFF:
        return None
    return asked or find_span(edge)


def find_span(edge: pd.DataFrame) -> Span | None:
    """Find where the person presses the back flat, lets go and presses it flat before the set.

    It is the last stretch of still legs before the first rep in which the back rises by
    `LEAST_SHOWN_NORM` and comes down again; None without one. `edge` holds measured moments with
    `rep`, `time_s`, `leg_angle_deg`, `height_norm`, `back_visible`.
    """
    lifts = edge.loc[edge["rep"] > 0, "time_s"]
    if lifts.empty:
        return None
    before = edge[(edge["time_s"] < lifts.min()) & edge["leg_angle_deg"].notna()]
    before = before.sort_values("time_s")
    times = [rows["time_s"] for rows in _still_stretches(before) if _rises_and_falls(rows)]
    if not times:
        return None
    return Span(round(float(times[-1].min()), 2), round(float(times[-1].max()), 2))


def _still_stretches(before: pd.DataFrame) -> list[pd.DataFrame]:
    """Stretches of one shot in which the legs keep still for `LEAST_SHOWN_S` or longer."""
    angle = before["leg_angle_deg"].rolling(_STILL_MOMENTS, center=True, min_periods=1)
    still = (angle.max() - angle.min()) <= STILL_DEG
    gap = before["time_s"].diff() > 2 / EDGE_HZ
    run = (~still | gap | before["shot_idx"].diff().ne(0)).cumsum()
    parts = [rows for _, rows in before[still].groupby(run[still])]
    return [rows for rows in parts if np.ptp(rows["time_s"]) >= LEAST_SHOWN_S]


def _rises_and_falls(rows: pd.DataFrame) -> bool:
    """Flat, up and flat again, each for a third of a second at least."""
    seen = rows[rows["back_visible"] >= SEEN_AT]
    height = seen["height_norm"].rolling(_SMOOTH, center=True, min_periods=1).median()
    height = height.dropna().to_numpy(float)
    if len(height) < LEAST_SHOWN_S * EDGE_HZ / 2:
        return False
    low, high = np.quantile(height, [FLAT_QUANTILE, ARCH_QUANTILE])
    if high - low < LEAST_SHOWN_NORM:
        return False
    up = height > (low + high) / 2
    first, last = int(up.argmax()), len(up) - int(up[::-1].argmax())
    return first >= _SMOOTH and len(up) - last >= _SMOOTH and up[first:last].mean() > _MOSTLY


def rises(edge: pd.DataFrame) -> list[Span] | None:
    """When the back is up from flat, in the range that it shows; None where it is not seen.

    Nothing if it moves less than `LEAST_REACH_NORM`. Up from `_UP_FROM` of the range on, until it
    is down to `_DOWN_TO` again; what is not seen in between changes nothing.
    """
    seen = edge[edge["back_visible"] >= SEEN_AT].dropna(subset="height_norm").sort_values("time_s")
    height = seen["height_norm"]
    if len(height) < LEAST_SHOWN_S * EDGE_HZ:
        return None
    low, high = height.quantile([FLAT_QUANTILE, ARCH_QUANTILE])
    if high - low < LEAST_REACH_NORM:
        return []
    share = (height - low) / (high - low)
    state = pd.Series(np.select([share >= _UP_FROM, share <= _DOWN_TO], [1.0, 0.0], np.nan))
    up = state.ffill().fillna(0.0).to_numpy(bool)
    time_s = seen["time_s"].to_numpy(float)
    return [Span(float(time_s[a]), float(time_s[b - 1])) for a, b in true_runs(up)]
