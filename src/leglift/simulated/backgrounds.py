"""What real surfaces around a body change of what is read of it.

The same sets are read twice, before drawn rooms and before photographs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.equal_angle import auc_equal_leg_angle, over_people
from leglift.errors import UsageError
from leglift.files import write_whole
from leglift.params import Params
from leglift.simulated.instrument import comparable, read_heights

Floats = npt.NDArray[np.float64]

ROOMS = ("drawn_norm", "photo_norm")


def run_backgrounds(drawn: Path, photo: Path, out: Path, params: Params) -> None:
    """Write the heights read in two runs of the same bodies side by side."""
    names = sorted(path.stem for path in photo.glob("*.json") if (drawn / path.name).is_file())
    if not names:
        raise UsageError(f"{photo}: no set that {drawn} has too; render both with the same seed")
    table = pd.concat([both(drawn, photo, name, params) for name in names], ignore_index=True)
    write_whole(out, lambda part: table.round(5).to_parquet(part, index=False))
    sys.stdout.write(f"{len(table)} moments of {len(names)} bodies\n")


def both(drawn: Path, photo: Path, name: str, params: Params) -> pd.DataFrame:
    """Heights (trunk lengths) read in both rooms at moments of a body's lifts.

    NaN where a room lets nothing be read, or an arm hides the waist.
    """
    truth = pd.read_parquet(drawn / f"{name}.truth.parquet").set_index("time_s")
    lifts = truth[truth["rep"] > 0]
    table = pd.DataFrame(
        {
            "clip_id": name, "person_id": name, "time_s": lifts.index,
            "leg_angle_deg": lifts["leg_elevation_deg"].to_numpy(),
            "true_gap_norm": lifts["lumbar_gap_norm"].to_numpy(),
        }
    )  # fmt: skip
    for room, folder in zip(ROOMS, (drawn, photo), strict=True):
        edge = read_heights(folder / f"{name}.parquet", params)
        bare = edge["height_norm"].where(edge["arm_cover_frac"] < params.gate.max_arm_frac)
        table[room] = np.interp(table["time_s"], edge["time_s"], bare, np.nan, np.nan)
    return table.iloc[::2].reset_index(drop=True)


def background_figures(data: Path) -> dict[str, Any]:
    """AUC at equal leg angle in both kinds of rooms, of moments that are read in both."""
    table = pd.read_parquet(data / "synthetic" / "backgrounds.parquet")
    rows = comparable(table.dropna(subset=list(ROOMS)))
    drawn, photo = (rows[room].to_numpy(float) for room in ROOMS)

    def auc(score: Floats, weights: Floats) -> float:
        return auc_equal_leg_angle(rows, score, weights)

    values: dict[str, Callable[[Floats], float]] = {
        "drawn": partial(auc, drawn),
        "photo": partial(auc, photo),
        "difference": lambda weights: auc(photo, weights) - auc(drawn, weights),
    }
    return {
        **{name: over_people(rows["person_id"], of, n_draws=200) for name, of in values.items()},
        "read_frac": {room: float(table[room].notna().mean()) for room in ROOMS},
        "moved_norm": float(np.median(np.abs(photo - drawn))),
    }
