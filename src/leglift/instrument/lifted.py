"""The shipped instrument: how high the back's edge is, and how probably the back is lifted.

The height is a plain sum, not a learned one: of the candidates tried with some thirty people, those
with learned weights knew the people and not the back (docs/decisions/0015). Learned are only the
two numbers of a logistic curve over it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from leglift.instrument.control import HELD
from leglift.instrument.edge import LEVELS
from leglift.instrument.gate import SEEN_AT, back_visible
from leglift.motion.signals import Floats
from leglift.params import GateParams

OWN_FLAT_SHARE = 0.5


def edge_height(moments: pd.DataFrame) -> Floats:
    """Height (n,) of the back's edge in trunk lengths: the mean of three readings of one thing.

    Widest place and mean of the gap under the mask, and the edge refined at full resolution; half
    of what the first two are over the person's own flattest moments is added. Not the true gap:
    flat backs read from 0.00 to 0.10, by cloth and build.
    """
    level = moments[LEVELS].mean(axis=1)
    over = moments[["gap_norm_over_flat", "gap_mean_norm_over_flat"]].mean(axis=1)
    return np.asarray((level + OWN_FLAT_SHARE * over).to_numpy(float))


@dataclass(frozen=True)
class EdgeModel:
    """Logistic curve over `edge_height`, with the cut-off that was fixed on the study's people.

    `middle_norm` is the height of even odds, `slope` the log odds per trunk length; the back counts
    as lifted from probability `lifted_at` on. `error_sd_deg` is how far off its points of control
    were on people left out.
    """

    middle_norm: float
    slope: float
    lifted_at: float
    error_sd_deg: float

    def probability(self, height_norm: Floats) -> Floats:
        """Probability (n,) of lifted for heights, at even odds of both states."""
        return np.asarray(1 / (1 + np.exp(-self.slope * (height_norm - self.middle_norm))))

    def measure(self, moments: pd.DataFrame, gate: GateParams) -> pd.DataFrame:
        """`moments` with `back_visible`, `height_norm` and `p_lifted` (NaN where not seen)."""
        seen = back_visible(moments, gate)
        height = steady(pd.Series(edge_height(moments), moments.index), moments["shot_idx"])
        p = self.probability(height.to_numpy(float))
        return moments.assign(
            back_visible=seen, height_norm=height, p_lifted=np.where(seen >= SEEN_AT, p, np.nan)
        )


def steady(values: pd.Series, shots: pd.Series) -> pd.Series:
    """Median of `HELD` neighbours of a shot: one bad outline makes no arch. NaN stays NaN."""
    rolled = values.groupby(shots).rolling(HELD, center=True, min_periods=1).median()
    return rolled.droplevel(0).reindex(values.index).where(values.notna())


def scaled(model: EdgeModel, height_norm: Floats, flat_norm: float, arch_norm: float) -> Floats:
    """Heights in the person's own scale: flat reads as surely flat, own arch as surely lifted."""
    reach = 2.0 / model.slope  # log odds of 2 at either end
    share = (height_norm - flat_norm) / max(arch_norm - flat_norm, 1e-6)
    return np.asarray(model.middle_norm + reach * (2 * share - 1))
