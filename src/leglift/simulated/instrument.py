"""The instrument on simulated bodies: reading the edge, and the point of control's error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leglift.equal_angle import BIN_DEG, auc_equal_leg_angle, median_size_of, over_people
from leglift.instrument.calibrated import ARCH_QUANTILE, FLAT_QUANTILE, LEAST_REACH_NORM
from leglift.instrument.control import HELD, held_true, hinge_deg
from leglift.instrument.edge import edge_moments
from leglift.instrument.lifted import edge_height
from leglift.motion.segment import segment_lifter
from leglift.params import Params

LIFTED_NORM = 0.02
FLAT_NORM = 0.01
"""True gaps in trunk lengths that count as lifted and as flat; between them is neither."""

MIN_SHOWN = 5
"""Moments of either state (half a second) from which on a rep shows it."""

NOTICED_NORM = 0.02
"""Rise of the gap at which a lift counts as noticed here."""


def read_heights(table: Path, params: Params) -> pd.DataFrame:
    """Read `time_s, arm_cover_frac` and, in trunk lengths, `height_norm` of a clip's moments.

    One row of an unknown height if nobody is seen.
    """
    motion = segment_lifter(table, params)
    if motion is None or motion.signals.empty:
        return pd.DataFrame({"time_s": [0.0], "arm_cover_frac": np.nan, "height_norm": np.nan})
    edge = edge_moments(motion)
    return edge.assign(height_norm=edge_height(edge))


def simulated_figures(data: Path) -> dict[str, Any]:
    """Figures of bodies that nothing was learned from, arms off the waist, square-on."""
    table = pd.read_parquet(data / "synthetic" / "moments.parquet")
    table = table[table["split"] == "test"].reset_index(drop=True)
    return {
        "gap": equal_angle(table, "gap_norm"),
        "gap_mean": equal_angle(table, "gap_mean_norm"),
        "point_of_control": control(table),
        "own_scale": own_scale_gain(table),
    }


def own_scale_gain(moments: pd.DataFrame) -> dict[str, Any]:
    """AUC at equal leg angle without and with the body's own scale, of bodies that show both ends.

    The first rep with both states gives flat and arch, as `instrument.calibrated` takes them from
    seconds in which they are shown; the body's other reps are compared.
    """
    known = moments.dropna(subset="gap_norm")
    parts = [scaled for _, body in known.groupby("person_id") if len(scaled := _rest_scaled(body))]
    others = pd.concat(parts, ignore_index=True)
    return {"without": equal_angle(others, "gap_norm"), "with": equal_angle(others, "own_norm")}


def _rest_scaled(body: pd.DataFrame) -> pd.DataFrame:
    """Moments of all reps but the one that shows both states, with `own_norm`; none without one."""
    for _, rep in body.groupby("rep"):
        lifted, flat = rep["true_gap_norm"] >= LIFTED_NORM, rep["true_gap_norm"] <= FLAT_NORM
        low, high = rep["gap_norm"].quantile([FLAT_QUANTILE, ARCH_QUANTILE])
        if min(lifted.sum(), flat.sum()) >= MIN_SHOWN and high - low >= LEAST_REACH_NORM:
            rest = body[body["rep"] != rep["rep"].iloc[0]]
            return rest.assign(own_norm=(rest["gap_norm"] - low) / (high - low))
    return body.iloc[:0]


def comparable(moments: pd.DataFrame) -> pd.DataFrame:
    """Every third moment that is surely lifted or surely flat, with `lifted` and its `stratum`."""
    gap_norm = moments["true_gap_norm"]
    sharp = (gap_norm >= LIFTED_NORM) | (gap_norm <= FLAT_NORM)
    rows = moments[sharp].iloc[::3].reset_index(drop=True)
    bins = np.floor(rows["leg_angle_deg"].fillna(0) / BIN_DEG).astype(int).astype(str)
    return rows.assign(lifted=rows["true_gap_norm"] >= LIFTED_NORM, stratum=bins)


def equal_angle(moments: pd.DataFrame, column: str) -> dict[str, Any]:
    """AUC at equal leg angle of one height against the true gap."""
    rows = comparable(moments[moments[column].notna()])
    score = rows[column].to_numpy(float)
    return over_people(
        rows["person_id"], lambda w: auc_equal_leg_angle(rows, score, w), n_draws=200
    )


def control(moments: pd.DataFrame) -> dict[str, Any]:
    """Error of the point of control (deg): where the rise is noticed, and where it begins."""
    errors = simulated_errors(moments)
    return {
        name: over_people(errors["person_id"], median_size_of(errors[name].to_numpy(float)))
        | {"bias_deg": float(errors[name].median())}
        for name in ("noticed", "begins")
    }


def simulated_errors(moments: pd.DataFrame) -> pd.DataFrame:
    """Error (deg) of the point of control, `noticed` and `begins`, a row a simulated rep."""
    rows = []
    for (person, _), rep in moments.dropna(subset="true_onset_deg").groupby(["person_id", "rep"]):
        found = onset(rep[rep["phase"] != "lift"].sort_values("time_s"))
        if found is not None:
            true = float(rep["true_onset_deg"].iloc[0])
            rows.append((person, found[0] - true, found[1] - true))
    return pd.DataFrame(rows, columns=["person_id", "noticed", "begins"])


def onset(rep: pd.DataFrame) -> tuple[float, float] | None:
    """Leg angle at which the gap's rise is noticed, and the knee of the broken stick before it."""
    angle, gap = (rep[name].to_numpy(float) for name in ("leg_angle_deg", "gap_norm"))
    if np.isfinite(gap).sum() < 2 * HELD:
        return None
    up = held_true(gap > np.nanquantile(gap, 0.25) + NOTICED_NORM)
    if not up.any():
        return None
    first = int(up.argmax())
    return float(angle[first]), hinge_deg(angle, gap, first)
