"""A round of rating: what has no answer yet becomes sheets; answers come back by their codes.

Raters get pictures under codes that say nothing. `key.csv`, which they do not see, tells which
clip and moment a code stands for.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Container
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leglift.errors import UsageError
from leglift.files import write_csv
from leglift.labelling.blinding import moment_cell, pair_cell
from leglift.labelling.pictures import Picture, sheet, write_png
from leglift.labelling.sampling import MOMENT_COLUMNS, sample_moments
from leglift.params import Params
from leglift.spans import Spans

Cut = Callable[[str, pd.DataFrame], dict[int, Picture]]
"""Clip and moments to the moments' crops, by the moments' index."""

SHAPE = {"moment": (4, 3), "pair": (5, 2)}
"""Rows and columns of a sheet."""

PAIR_COLUMNS = ["pair_id", "clip_id", "left_moment", "right_moment", "kind"]
_PAIRS_A_MOMENT = 1.5
_NULL_FRAC = 0.15
_SWAPS = 2
_SAME_DEG = 8.0
_NULL_APART_S = 0.8

Pair = tuple[Any, Any]
"""Rows of two moments."""

GUIDE_VERSION = 2
MASK = 2


def new_moments(
    sampled: pd.DataFrame, clip_id: str, table: Path, spans: Spans, params: Params
) -> pd.DataFrame:
    """Moments of one clip's reps that `sampled` does not hold yet, numbered on from those it does.

    `spans` are the seconds in which at least one describer sees the edge of the back. A clip
    without leg lifts that was sampled before gives nothing new.
    """
    own = sampled[sampled["clip_id"] == clip_id]
    drawn = sample_moments(table, clip_id, spans, params)
    new = drawn[~drawn["rep"].isin(own["rep"])]
    if len(own) and (own["rep"] == 0).all():
        new = new.iloc[:0]
    start = int(own["moment"].max()) if len(own) else 0
    return new.assign(moment=np.arange(start + 1, start + 1 + len(new)))[MOMENT_COLUMNS]


def new_pairs(moments: pd.DataFrame, pairs: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Pairs to compare, with an opaque `pair_id`, for visible moments that are in none yet."""
    parts = []
    for clip_id, own in moments[moments["visible"]].groupby("clip_id", sort=False):
        known = pairs[pairs["clip_id"] == clip_id]
        compared = {*known["left_moment"], *known["right_moment"]}
        fresh = set(own["moment"]) - compared
        if fresh and len(own) > 1:
            n = round(_PAIRS_A_MOMENT * len(fresh))
            parts.append(choose_pairs(own.reset_index(drop=True), n, seed, about=fresh))
    if not parts:
        return pd.DataFrame(columns=PAIR_COLUMNS)
    table = pd.concat(parts, ignore_index=True)
    ids = [opaque_code(str(seed), *row) for row in table.itertuples(index=False)]
    return table.assign(pair_id=ids)[PAIR_COLUMNS]


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


def opaque_code(seed: str, *parts: object) -> str:
    """Name of a picture that tells nothing about what it shows."""
    return hashlib.sha256("/".join([seed, *map(str, parts)]).encode()).hexdigest()[:8]


def draw_moments(moments: pd.DataFrame, cut: Cut, out: Path, seed: int) -> int:
    """Write sheets of single moments in random order and their `key.csv`; return how many."""
    pictures = _cut_all(moments, cut)
    codes = [opaque_code(str(seed), r.clip_id, r.moment) for r in moments.itertuples()]
    key = moments[["clip_id", "moment"]].assign(code=codes)
    cells = {c: moment_cell(pictures[i], c) for i, c in zip(moments.index, codes, strict=True)}
    return _write(key, cells, out, "moment", seed)


def draw_pairs(pairs: pd.DataFrame, moments: pd.DataFrame, cut: Cut, out: Path, seed: int) -> int:
    """Write sheets of pairs in random order and their `key.csv`; return how many pairs."""
    pictures = _cut_all(moments, cut)
    by_name = {(r.clip_id, r.moment): pictures[r.Index] for r in moments.itertuples()}
    cells = {}
    for r in pairs.itertuples():
        sides = by_name[r.clip_id, r.left_moment], by_name[r.clip_id, r.right_moment]
        cells[r.pair_id] = pair_cell(*sides, r.pair_id)
    return _write(pairs.rename(columns={"pair_id": "code"}), cells, out, "pair", seed)


def _cut_all(moments: pd.DataFrame, cut: Cut) -> dict[int, Picture]:
    """Crops of all moments, by their index; every clip is decoded once."""
    pictures: dict[int, Picture] = {}
    for clip_id, own in moments.groupby("clip_id", sort=False):
        pictures |= cut(str(clip_id), own)
    return pictures


def _write(key: pd.DataFrame, cells: dict[str, Picture], out: Path, kind: str, seed: int) -> int:
    order = list(np.random.default_rng(seed).permutation(sorted(cells)))
    rows, columns = SHAPE[kind]
    for n, first in enumerate(range(0, len(order), rows * columns), start=1):
        page = [cells[code] for code in order[first : first + rows * columns]]
        write_png(out / f"{kind}s_{n:03d}.png", sheet(page, columns))
    write_csv(key, out / "key.csv")
    return len(order)


def read_answers(answers: Path, key: Path, today: str) -> pd.DataFrame:
    """One panel's answers with what their codes stand for; the file's name is the panel's.

    Raises
    ------
    UsageError
        A code is unknown, answered twice or left out.
    """
    given = pd.read_csv(answers, keep_default_na=False).rename(columns={"pair_id": "code"})
    asked = pd.read_csv(key, keep_default_na=False)
    wrong = set(given["code"]) ^ set(asked["code"]) | set(given["code"][given["code"].duplicated()])
    if wrong:
        raise UsageError(f"{answers}: {min(wrong)}: each code of {key.name} once, and no other")
    rows = asked.merge(given, on="code", validate="one_to_one")
    return rows.assign(rater=answers.stem, rated_on=today, guide_version=GUIDE_VERSION, mask=MASK)
