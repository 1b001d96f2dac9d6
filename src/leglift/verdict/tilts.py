"""Pelvic tilts: with the legs still the back comes up and lies down again.

There is no rep to judge. What is said is when the back is up and how far, in the range that this
person shows: flat is 0 and arch is 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from leglift.instrument.back import EdgeBack
from leglift.instrument.calibrated import Span, calibrated, own_scale, rises
from leglift.instrument.gate import SEEN_AT
from leglift.motion.back import BackModel
from leglift.motion.segment import Motion
from leglift.params import Params
from leglift.verdict.check import main_shot
from leglift.verdict.course import measured_edge


@dataclass(frozen=True)
class Tilts:
    """When the back is up, how far (trunk lengths), and the moments that say so."""

    up: list[Span]
    rise_norm: float
    scale: Span
    edge: pd.DataFrame


def tilts_of(motion: Motion, model: BackModel, params: Params) -> Tilts | None:
    """Pelvic tilts of a body whose legs and trunk keep still; None else, or if nothing is seen.

    Parameters
    ----------
    motion
        Without reps. Legs that move, though not as in a leg lift, make another exercise of it, and
        so do shoulders that come up or hips that leave the floor: a crunch, a bridge.
    """
    if not isinstance(model, EdgeBack) or len(motion.movements):
        return None
    if motion.views[main_shot(motion)].lies_otherwise(params.reps):
        return None
    edge, _ = measured_edge(motion, model, params)
    up = rises(edge)
    if up is None or trunk_moves_norm(edge) > params.gate.max_curl_norm:
        return None
    scale = Span(float(edge["time_s"].min()), float(edge["time_s"].max()))
    if not up:
        return Tilts(up, 0.0, scale, edge)
    flat, arch = own_scale(edge, scale)
    return Tilts(up, arch - flat, scale, calibrated(edge, model.model, scale))


def trunk_moves_norm(edge: pd.DataFrame) -> float:
    """How far shoulder and hip go up and down against each other where the back is seen.

    Trunk lengths, from the 5th to the 95th percentile of a shot.
    """
    seen = edge[edge["back_visible"] >= SEEN_AT].groupby("shot_idx")["curl_norm"]
    return float((seen.quantile(0.95) - seen.quantile(0.05)).max())
