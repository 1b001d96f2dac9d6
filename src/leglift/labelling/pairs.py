"""Which moments are laid side by side: over all leg angles, with pairs that check the raters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

PAIR_COLUMNS = ["pair_id", "clip_id", "left_moment", "right_moment", "kind"]
_NULL_FRAC = 0.15
_SWAPS = 2
_SAME_DEG = 8.0
_NULL_APART_S = 0.8

Pair = tuple[Any, Any]
"""Rows of two moments."""


def choose_pairs(
    moments: pd.DataFrame, per_clip: int, seed: int, about: Container[int]
) -> pd.DataFrame:
    """Pairs of one clip's moments to compare; sides are drawn by lot.

    Parameters
    ----------
    moments
        Visible moments of one clip: `clip_id`, `moment`, `rep`, `time_s`, `leg_angle_deg`.
    per_clip
        Real and null pairs together. Real pairs come in the order of a maximally spread
        schedule: every moment is compared about equally often.
    about
        Moments of which every pair shows at least one.

    Returns
    -------
    `PAIR_COLUMNS` without `pair_id`. `kind` is `null` for two moments at the same leg angle of
    different reps, else `real`; some come once more with sides changed, as `swap`.
    """
    rng = np.random.default_rng(seed)
    every = [
        (a, b)
        for a, b in combinations(moments.itertuples(), 2)
        if a.moment in about or b.moment in about
    ]
    null = _drawn(rng, [p for p in every if _is_null(*p)], round(_NULL_FRAC * per_clip))
    real = _spread(rng, [p for p in every if not _is_null(*p)], per_clip - len(null))
    table = []
    for kind, pairs in (("null", null), ("real", real)):
        for a, b in pairs:
            left, right = (b, a) if rng.random() < 0.5 else (a, b)
            table.append((a.clip_id, left.moment, right.moment, kind))
    again = _drawn(rng, table, _SWAPS)
    table += [(clip_id, right, left, "swap") for clip_id, left, right, _ in again]
    return pd.DataFrame(table, columns=PAIR_COLUMNS[1:])


def _is_null(a: Any, b: Any) -> bool:
    same_leg = abs(a.leg_angle_deg - b.leg_angle_deg) <= _SAME_DEG
    return bool(same_leg and abs(a.time_s - b.time_s) >= _NULL_APART_S and a.rep != b.rep)


def _drawn(rng: np.random.Generator, items: list[Any], n: int) -> list[Any]:
    return [items[i] for i in sorted(rng.permutation(len(items))[:n])]


def _spread(rng: np.random.Generator, pairs: list[Pair], n: int) -> list[Pair]:
    """Take pairs one by one, always one whose two moments were used least so far."""
    used: Counter[int] = Counter()
    left = [pairs[i] for i in rng.permutation(len(pairs))]
    taken: list[Pair] = []
    while left and len(taken) < n:
        times = [used[a.moment] + used[b.moment] for a, b in left]
        a, b = left.pop(int(np.argmin(times)))
        taken.append((a, b))
        used.update((a.moment, b.moment))
    return taken
