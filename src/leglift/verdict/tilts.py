"""Pelvic tilts: with the legs still the back comes up and lies down again.

There is no rep to judge. What is said is when the back is up and how far, in the range that this
person shows: flat is 0 and arch is 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from leglift.instrument.back import EdgeBack
from leglift.instrument.calibrated import Span, calibrated, own_scale, rises
from leglift.instrument.gate import SEEN_AT
from leglift.motion.back import BackModel
from leglift.motion.segment import Motion
from leglift.params import CueParams, Params
from leglift.verdict.check import main_shot, view_notes
from leglift.verdict.course import measured_edge
from leglift.verdict.sections import Document, origin, rounded, view_section
from leglift.vision.table import ClipMeta

EXERCISE = "pelvic_tilt"
_CLEAR_CM = 2.0


@dataclass(frozen=True)
class Tilts:
    """When the back is up, how far (trunk lengths), and the moments that say so."""

    up: list[Span]
    rise_norm: float
    scale: Span
    edge: pd.DataFrame

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.up)


def tilts_of(motion: Motion, model: BackModel, params: Params) -> Tilts | None:
    """Pelvic tilts of a body whose legs and trunk keep still; None else, or if nothing is seen.

    Parameters
    ----------
    motion
        Without reps. Legs that move, though not as in a leg lift, make another exercise of it, and
        so do shoulders that come up or hips that leave the floor: a crunch, a bridge.
    """
    known = len(motion.signals) and motion.movements["reason"].empty
    if not isinstance(model, EdgeBack) or not known:
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


def tilt_document(
    video: Path, meta: ClipMeta, motion: Motion, tilts: Tilts, model: BackModel, params: Params
) -> Document:
    """Say what the back does, in the form of every judged set; there are no reps."""
    nothing = motion.reps
    return {
        **origin(video, meta, model),
        "view": {
            **view_section(motion, nothing, params, tilts.edge),
            "notes": [*view_notes(motion, nothing, params, tilts.edge), *meta.complaints],
        },
        "set": {
            "exercise": EXERCISE,
            "legs": None,
            **dict.fromkeys(("n_reps", "n_good", "n_arched", "n_cant_tell"), 0),
            **dict.fromkeys(
                (
                    "set_over_at_rep", "point_of_control_deg", "point_of_control_low_deg",
                    "point_of_control_high_deg", "point_of_control_censored",
                    "point_of_control_range_deg", "point_of_control_error_deg", "stop_height_cm",
                )
            ),
            "cues": [],
            "own_scale_s": [rounded(tilts.scale.start_s, 2), rounded(tilts.scale.end_s, 2)],
            "tilts": [
                {
                    "up_from_s": rounded(span.start_s, 2),
                    "up_to_s": rounded(span.end_s, 2),
                    "rise_cm": rounded(rise_cm(tilts.rise_norm, params.cues), 1),
                }
                for span in tilts.up
            ],
        },
        "reps": [],
    }  # fmt: skip


def rise_cm(rise_norm: float, cues: CueParams) -> float:
    """Rise of the back in cm, of a person as tall as the settings say."""
    return rise_norm * cues.trunk_cm


def tilt_line(doc: Document) -> str:
    """Say in a sentence what the back does; empty where the set is no tilts."""
    tilts = doc["set"].get("tilts")  # documents of older versions have none
    if not tilts:
        return ""
    times = "once" if len(tilts) == 1 else f"{len(tilts)} times"
    rise_cm = tilts[0]["rise_cm"]
    rough = "" if rise_cm >= _CLEAR_CM else " That is little, so the times are rough."
    return (
        f"Pelvic tilts, legs still: the lower back arches (anterior tilt) {times}, by about "
        f"{rise_cm:.0f} cm over its flattest, and lies flat (posterior tilt) else.{rough}"
    )
