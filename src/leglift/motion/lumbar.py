"""The lower back from what the full-resolution frame left in the table, a row a frame.

`vision.lumbar` stores the refined dorsal edge and brightness steps across it. Here they become
signals that can be compared over a rep.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from leglift.memory import give_back
from leglift.vision.table import EDGE_COLUMNS, EDGE_U, STEP_U, STEP_V

Floats = npt.NDArray[np.float64]

HEIGHT_COLUMNS = [f"height_{round(u * 100):+04d}_norm" for u in EDGE_U]
"""Refined dorsal edge above the chord from upper back to buttocks, trunk lengths."""

STEP_COLUMNS = [f"step_{round(v * 1000):+04d}" for v in (STEP_V[:-1] + STEP_V[1:]) / 2]
"""Mean brightness step over the lumbar stations, by distance from the mask's edge."""

LUMBAR_HEIGHTS = [f"height_{round(u * 100):+04d}_norm" for u in (0.5, 0.6, 0.7, 0.8)]
EDGE_STEPS = ["step_-005", "step_+005", "step_+015"]
LUMBAR_COLUMNS = [*LUMBAR_HEIGHTS, *EDGE_STEPS]
"""What becomes a signal: heights between ribs and buttocks, steps at the edge itself."""

_ROWS = 1024  # of a table in memory at a time

_UPPER_BACK = (EDGE_U >= 0.15) & (EDGE_U <= 0.35)
_BUTTOCKS = (EDGE_U >= 0.95) & (EDGE_U <= 1.15)
_LUMBAR_STEPS = (STEP_U >= 0.45) & (STEP_U <= 0.90)


def lumbar_table(table: Path, track_idx: int) -> pd.DataFrame:
    """`LUMBAR_COLUMNS` of one person's frames, indexed by `frame_idx`."""
    columns = ["frame_idx", "track_idx", "detected", *EDGE_COLUMNS, "lumbar_steps"]
    parts = []
    for batch in pq.ParquetFile(table).iter_batches(_ROWS, columns=columns):
        rows = batch.to_pandas()
        rows = rows[rows["detected"] & (rows["track_idx"] == track_idx)].set_index("frame_idx")
        heights, steps = edge_heights(rows[EDGE_COLUMNS]), mean_steps(rows["lumbar_steps"])
        parts.append(pd.concat([heights, steps], axis=1)[LUMBAR_COLUMNS])
    give_back()
    return pd.concat(parts)


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
