"""The lower back from what the full-resolution frame left in the table, a row a frame.

`vision.lumbar` stores the refined dorsal edge and brightness steps across it. Here they become
signals that can be compared over a rep.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from leglift.memory import give_back
from leglift.vision.table import EDGE_COLUMNS, EDGE_U, STEP_U, STEP_V

LUMBAR_HEIGHTS = [f"height_{round(u * 100):+04d}_norm" for u in (0.5, 0.6, 0.7, 0.8)]
EDGE_STEPS = ["step_-005", "step_+005", "step_+015"]
LUMBAR_COLUMNS = [*LUMBAR_HEIGHTS, *EDGE_STEPS]
"""What becomes a signal, of heights between ribs and buttocks and steps at the edge itself.

Heights are those of the refined dorsal edge above the chord from upper back to buttocks, in trunk
lengths, by station; steps mean brightness steps over the lumbar stations, by thousandths of a trunk
length from the mask's edge.
"""

_ROWS = 1024  # of a table in memory at a time

_UPPER_BACK = (EDGE_U >= 0.15) & (EDGE_U <= 0.35)
_BUTTOCKS = (EDGE_U >= 0.95) & (EDGE_U <= 1.15)
_BETWEEN = np.isin(EDGE_U, (0.5, 0.6, 0.7, 0.8))
_LUMBAR_STEPS = (STEP_U >= 0.45) & (STEP_U <= 0.90)
_AT_EDGE = np.abs(STEP_V[:-1]) < 0.015


def lumbar_table(table: Path, track_idx: int) -> pd.DataFrame:
    """`LUMBAR_COLUMNS` of one person's frames, indexed by `frame_idx`."""
    columns = ["frame_idx", "track_idx", "detected", *EDGE_COLUMNS, "lumbar_steps"]
    parts = []
    for batch in pq.ParquetFile(table).iter_batches(_ROWS, columns=columns):
        rows = batch.to_pandas()
        rows = rows[rows["detected"] & (rows["track_idx"] == track_idx)].set_index("frame_idx")
        parts.append(
            pd.concat([_heights(rows[EDGE_COLUMNS]), _mean_steps(rows["lumbar_steps"])], axis=1)
        )
    give_back()
    return pd.concat(parts)


def _heights(edges: pd.DataFrame) -> pd.DataFrame:
    """Heights of the dorsal edge over the chord between upper back and buttocks.

    `edges` holds distances below the trunk's axis (`EDGE_COLUMNS`); so a height is positive where
    the back is further from the floor than the chord.
    """
    depth = edges.astype(float)
    first, last = (
        depth.loc[:, part].median(axis=1).to_numpy()[:, None] for part in (_UPPER_BACK, _BUTTOCKS)
    )
    u0, u1 = EDGE_U[_UPPER_BACK].mean(), EDGE_U[_BUTTOCKS].mean()
    chord = first + (EDGE_U[_BETWEEN] - u0) / (u1 - u0) * (last - first)
    return (chord - depth.loc[:, _BETWEEN]).set_axis(LUMBAR_HEIGHTS, axis=1)


def _mean_steps(cells: pd.Series) -> pd.DataFrame:
    """Brightness steps averaged over the lumbar stations; NaN where there are none."""
    shape = (len(STEP_U), len(STEP_V) - 1)
    values = np.full((len(cells), len(EDGE_STEPS)), np.nan)
    for row, cell in zip(values, cells, strict=True):
        if cell is not None:
            steps = np.frombuffer(cell, np.int8).reshape(shape)
            row[:] = steps[_LUMBAR_STEPS].mean(axis=0)[_AT_EDGE]
    return pd.DataFrame(values, index=cells.index, columns=EDGE_STEPS)
