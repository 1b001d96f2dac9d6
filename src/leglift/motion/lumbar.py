"""The lower back from what the full-resolution frame left in the table, a row a frame.

`vision.lumbar` stores the refined dorsal edge, brightness steps across it, and how parts of the
trunk turned since the frame before. Here they become signals that can be compared over a rep.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from leglift.memory import give_back
from leglift.vision.table import EDGE_COLUMNS, EDGE_U, STEP_U, STEP_V, TURN_COLUMNS, TURN_PARTS

Floats = npt.NDArray[np.float64]

HEIGHT_COLUMNS = [f"height_{round(u * 100):+04d}_norm" for u in EDGE_U]
"""Refined dorsal edge above the chord from upper back to buttocks, trunk lengths."""

STEP_COLUMNS = [f"step_{round(v * 1000):+04d}" for v in (STEP_V[:-1] + STEP_V[1:]) / 2]
"""Mean brightness step over the lumbar stations, by distance from the mask's edge."""

TURNED_COLUMNS = [f"{part}_turned_deg" for part in TURN_PARTS if part != "chest"]
"""Turn of a part against the chest since the shot began; plus is anterior pelvic tilt."""

KEPT_HEIGHTS = np.array(HEIGHT_COLUMNS)[np.round(EDGE_U * 100) % 10 == 0].tolist()
"""Every other height, which is enough to tell an arch by."""

LUMBAR_COLUMNS = [*KEPT_HEIGHTS, *STEP_COLUMNS, *TURNED_COLUMNS]

_ROWS = 1024  # of a table in memory at a time

_UPPER_BACK = (EDGE_U >= 0.15) & (EDGE_U <= 0.35)
_BUTTOCKS = (EDGE_U >= 0.95) & (EDGE_U <= 1.15)
_LUMBAR_STEPS = (STEP_U >= 0.45) & (STEP_U <= 0.90)


def lumbar_table(table: Path, shots: pd.Series, track_idx: int) -> pd.DataFrame:
    """`LUMBAR_COLUMNS` of one person's frames, indexed by `frame_idx`.

    Parameters
    ----------
    shots
        Shot of each frame, indexed by `frame_idx`; turns are added up within a shot only.
    """
    columns = ["frame_idx", "track_idx", "detected", *EDGE_COLUMNS, *TURN_COLUMNS, "lumbar_steps"]
    seen, turns = [], []
    for batch in pq.ParquetFile(table).iter_batches(_ROWS, columns=columns):
        rows = batch.to_pandas()
        rows = rows[rows["detected"] & (rows["track_idx"] == track_idx)].set_index("frame_idx")
        heights = edge_heights(rows[EDGE_COLUMNS])[KEPT_HEIGHTS]
        seen.append(pd.concat([heights, mean_steps(rows["lumbar_steps"])], axis=1))
        turns.append(rows[TURN_COLUMNS].copy())
    give_back()
    turned_deg = pd.concat(turns)
    return pd.concat([pd.concat(seen), turned(turned_deg, shots.reindex(turned_deg.index))], axis=1)


def edge_heights(edges: pd.DataFrame) -> pd.DataFrame:
    """Heights of the dorsal edge over the chord between upper back and buttocks.

    `edges` holds distances below the trunk's axis (`EDGE_COLUMNS`); so a height is positive where
    the back is further from the floor than the chord.
    """
    depth = edges.to_numpy(float)
    ends = [(_median(depth[:, part]), EDGE_U[part].mean()) for part in (_UPPER_BACK, _BUTTOCKS)]
    (first, u0), (last, u1) = ends
    chord = first[:, None] + (EDGE_U - u0) / (u1 - u0) * (last - first)[:, None]
    return pd.DataFrame(chord - depth, index=edges.index, columns=HEIGHT_COLUMNS)


def _median(values: Floats) -> Floats:
    known = np.isfinite(values).any(axis=1)
    result = np.full(len(values), np.nan)
    result[known] = np.nanmedian(values[known], axis=1)
    return result


def mean_steps(cells: pd.Series) -> pd.DataFrame:
    """Brightness steps averaged over the lumbar stations; NaN where there are none."""
    shape = (len(STEP_U), len(STEP_V) - 1)
    rows = [
        np.frombuffer(cell, np.int8).reshape(shape)[_LUMBAR_STEPS].mean(axis=0)
        if cell is not None
        else np.full(shape[1], np.nan)
        for cell in cells
    ]
    values = np.array(rows, float).reshape(len(cells), shape[1])
    return pd.DataFrame(values, index=cells.index, columns=STEP_COLUMNS)


def turned(turns: pd.DataFrame, shots: pd.Series) -> pd.DataFrame:
    """Add up the turns of each part against the chest's, shot by shot; unknown ones count as 0."""
    chest, *others = TURN_COLUMNS
    relative = turns[others].sub(turns[chest], axis=0).fillna(0.0)
    return relative.groupby(shots.to_numpy()).cumsum().set_axis(TURNED_COLUMNS, axis=1)
