"""Which moments are laid side by side: over all leg angles, with pairs that check the raters."""

from __future__ import annotations

from collections.abc import Container
from itertools import combinations

import numpy as np
import pandas as pd

PAIR_COLUMNS = ["pair_id", "clip_id", "left_moment", "right_moment", "kind"]
_SAME_DEG = 8.0
_NULL_APART_S = 0.8


def choose_pairs(
    moments: pd.DataFrame,
    per_clip: int,
    seed: int,
    null_frac: float = 0.15,
    swaps: int = 2,
    about: Container[int] | None = None,
) -> pd.DataFrame:
    """Pairs of one clip's moments to compare; sides are drawn by lot.

    Parameters
    ----------
    moments
        Visible moments of one clip: `clip_id`, `moment`, `rep`, `time_s`, `leg_angle_deg`.
    per_clip
        Real and null pairs together. Real pairs come in the order of a maximally spread
        schedule: every moment is compared about equally often.
    swaps
        So many of the pairs come once more with sides changed.
    about
        Moments of which every pair shows at least one; all without.

    Returns
    -------
    `PAIR_COLUMNS` without `pair_id`. `kind` is `null` for two moments at the same leg angle of
    different reps, else `real`; `swap` for repeats.
    """
    rng = np.random.default_rng(seed)
    rows = list(moments.itertuples())
    asked = [about is None or r.moment in about for r in rows]
    every = [p for p in combinations(range(len(rows)), 2) if asked[p[0]] or asked[p[1]]]
    null = [p for p in every if _is_null(*(rows[i] for i in p))]
    chosen_null = _drawn(rng, null, round(null_frac * per_clip))
    real = _spread(rng, [p for p in every if p not in set(null)], per_clip - len(chosen_null))
    pairs = [(*p, "null") for p in chosen_null] + [(*p, "real") for p in real]
    table = [_row(rows, a, b, kind, bool(rng.random() < 0.5)) for a, b, kind in pairs]
    again = [table[i] for i in _drawn(rng, list(range(len(table))), min(swaps, len(table)))]
    table += [
        {**r, "left_moment": r["right_moment"], "right_moment": r["left_moment"], "kind": "swap"}
        for r in again
    ]
    return pd.DataFrame(table, columns=PAIR_COLUMNS[1:])


def _is_null(a: object, b: object) -> bool:
    same_leg = abs(a.leg_angle_deg - b.leg_angle_deg) <= _SAME_DEG  # type: ignore[attr-defined]
    apart = abs(a.time_s - b.time_s) >= _NULL_APART_S  # type: ignore[attr-defined]
    return bool(same_leg and apart and a.rep != b.rep)  # type: ignore[attr-defined]


def _drawn(rng: np.random.Generator, items: list, n: int) -> list:  # type: ignore[type-arg]
    picked = rng.permutation(len(items))[: max(n, 0)]
    return [items[i] for i in sorted(picked)]


def _spread(
    rng: np.random.Generator, pairs: list[tuple[int, int]], n: int
) -> list[tuple[int, int]]:
    """Take pairs one by one, always one whose two moments were used least so far."""
    used: dict[int, int] = {}
    left = [pairs[i] for i in rng.permutation(len(pairs))]
    taken: list[tuple[int, int]] = []
    while left and len(taken) < n:
        best = min(left, key=lambda p: used.get(p[0], 0) + used.get(p[1], 0))
        left.remove(best)
        taken.append(best)
        for i in best:
            used[i] = used.get(i, 0) + 1
    return taken


def _row(rows: list, a: int, b: int, kind: str, flip: bool) -> dict[str, object]:  # type: ignore[type-arg]
    left, right = (rows[b], rows[a]) if flip else (rows[a], rows[b])
    return {
        "clip_id": left.clip_id,
        "left_moment": left.moment,
        "right_moment": right.moment,
        "kind": kind,
    }
