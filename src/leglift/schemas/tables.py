"""What every table of `data/` must look like; `data/columns.yaml` says what its columns mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pandera.pandas as pa

SPLITS = ("study", "test", "fresh")
"""Chosen on; looked at after each freeze; looked at once, by the model that ships."""

CLIP_ID = r"^c[0-9a-f]{8}$"
DAY = r"^\d{4}-\d\d-\d\d$"
SPANS = r"^(\d+(\.\d+)?-\d+(\.\d+)?)(;\d+(\.\d+)?-\d+(\.\d+)?)*$|^$"
TIMES = r"^(\d+(\.\d+)?(;\d+(\.\d+)?)*)?$"


def text(pattern: str, **more: Any) -> pa.Column:
    """Column of texts of one form."""
    return pa.Column(str, pa.Check.str_matches(pattern), **more)


def word(*values: str) -> pa.Column:
    """Column of one word out of several; `""` among them allows an empty cell."""
    return pa.Column(str, pa.Check.isin(values))


def words(*values: str) -> pa.Column:
    """Column of none, one or several of the words, with semicolons between them."""
    either = "|".join(values)
    return text(rf"^(({either})(;({either}))*)?$")


def number(low: float, high: float) -> pa.Column:
    """Column of numbers in a range; an empty cell is NaN."""
    return pa.Column(float, pa.Check.in_range(low, high), nullable=True, coerce=True)


def whole(check: pa.Check) -> pa.Column:
    """Column of whole numbers."""
    return pa.Column(int, check, coerce=True)


def rule(holds: Callable[[pd.DataFrame], pd.Series], said: str) -> pa.Check:
    """Check that compares the cells of a row, with what is said of a row that breaks it."""
    return pa.Check(holds, error=said)


def table(
    columns: dict[str, pa.Column], *rules: pa.Check, key: list[str] | None = None
) -> pa.DataFrameSchema:
    """Table of these columns in this order and no others; `key` names each row once."""
    return pa.DataFrameSchema(columns, checks=[*rules], unique=key, strict=True, ordered=True)


CLIP = text(CLIP_ID)
DATE = text(DAY)
RATER = text(r"^\w+$")
FREE = pa.Column(str)
FILLED = pa.Column(str, pa.Check.str_length(min_value=1))
COUNT = whole(pa.Check.ge(0))
FROM_ONE = whole(pa.Check.ge(1))
MASK = whole(pa.Check.isin((1, 2)))
TIME = pa.Column(float, pa.Check.ge(0), coerce=True)
ANGLE = number(-90, 270)
ANY_ANGLE = pa.Column(float, nullable=True, coerce=True)

HIDERS = ("arm", "clothing", "dark", "resolution", "view", "object", "posture", "out_of_frame")
"""What hides the edge of the back, in the words of the guide."""

# The clips, and what is known of a whole clip or a stretch of it.

EXERCISES = (
    "both_leg_raise", "single_leg_raise", "flutter_scissor", "dead_bug", "reverse_crunch",
    "hanging", "pelvic_tilt", "hollow_hold", "v_up", "bicycle", "crunch", "other_floor",
    "not_floor",
)  # fmt: skip
ARMS = (
    "sides", "under_glutes", "overhead", "chest", "holding", "behind_head", "elbows", "hips"
)  # fmt: skip


def _one_split_each(videos: pd.DataFrame) -> pd.Series:
    named = videos["person_id"] != ""
    return ~named | (videos.groupby("person_id")["split"].transform("nunique") == 1)


VIDEOS = table(
    {
        "clip_id": text(CLIP_ID, unique=True),
        "file": pa.Column(str, unique=True),
        "url": text(r"^https://\S+$"),
        "sha256": text(r"^[0-9a-f]{64}$", unique=True),
        "size_bytes": whole(pa.Check.gt(0)),
        "licence": FILLED,
        "retrieved_on": DATE,
        "person_id": text(r"^(P\d+)?$"),
        "exercise": word(*EXERCISES),
        "view": word("side", "side_oblique", "oblique", "front_top"),
        "camera_side": word("left", "right", "unknown"),
        "arms": word(*ARMS),
        "head": word("up", "down", "mixed"),
        "clothing": word("bare", "fitted", "loose"),
        "surface": word("mat", "floor", "bench", "bed", "grass", "other"),
        "feet_in_frame": word("yes", "partly", "no"),
        "n_people": COUNT,
        "overlays": FREE,
        "windows_s": text(SPANS),
        "cuts_s": text(TIMES),
        "exclusion": FREE,
        "coach_caption": FREE,
        "note": FREE,
        "split": word(*SPLITS),
        "back_visible": word("none", "part", "all", ""),
        "back_visible_s": text(SPANS),
        "flat_s": text(SPANS),
        "arched_s": text(SPANS),
    },
    rule(_one_split_each, "nobody is in two of study, test and fresh"),
    rule(
        lambda t: (t["person_id"] != "") | (t["exclusion"] != ""),
        "a clip that is not excluded names its person",
    ),
    rule(
        lambda t: t["clip_id"].str[1:] == t["sha256"].str[:8],
        "clip_id is c and the first eight digits of sha256",
    ),
)
"""The source list `data/videos.csv`; the columns are explained in `data/README.md`."""

COACH = table(
    {
        "clip_id": CLIP,
        "start_s": TIME,
        "end_s": TIME,
        "coach_label": word("good", "arched"),
        "caption": FILLED,
    }
)
"""`data/coach_labels.csv`: what a coach's own caption says of a stretch of a clip."""

MASKS = table(
    {
        "clip_id": CLIP,
        "corners_frac": text(r"^[\d.]+:[\d.]+( [\d.]+:[\d.]+){2,}$"),
        "reason": FREE,
    }
)
"""`data/caption_masks.csv`: polygons, in shares of the frame, that hide captions from raters."""

VISIBILITY = table(
    {
        "clip_id": CLIP,
        "describer": RATER,
        "back_visible": word("none", "part", "all"),
        "visible_s": text(SPANS),
        "hidden_by": words(*HIDERS, "leg"),
    },
    rule(
        lambda t: (t["back_visible"] != "none") | (t["visible_s"] == ""),
        "a back that is never visible has no seconds",
    ),
    key=["clip_id", "describer"],
)
"""`data/visibility.csv`: when the edge of the back can be seen; a row a clip and describer."""

# Guide 2: moments and pairs of moments, and what follows from the answers.

_DRAWN = {
    "clip_id": CLIP,
    "rep": COUNT,
    "moment": FROM_ONE,
    "phase": word("rest before", "lifting", "top", "lowering", "lowest", "rest after", "still"),
    "time_s": TIME,
    "shot_idx": COUNT,
    "leg_angle_deg": ANGLE,
}

SAMPLED = table(_DRAWN, key=["clip_id", "moment"])
"""`data/sampled.csv`: the moments that were rated, drawn by leg angle and rest alone."""

ANSWERS = table(
    {
        "clip_id": CLIP,
        "moment": COUNT,
        "rater": RATER,
        "visible": word("yes", "part", "no"),
        "hidden_by": words(*HIDERS),
        "state": word("contact", "slit", "hand", "hollow", ""),
        "height_pct": number(0, 60),
        "mask": MASK,
        "rated_on": DATE,
        "guide_version": FROM_ONE,
    },
    rule(
        lambda t: (t["visible"] == "no") == (t["state"] == ""),
        "what is seen has a state, and nothing else has",
    ),
    rule(
        lambda t: (t["visible"] != "no") | t["height_pct"].isna(),
        "what is not seen has no height",
    ),
    key=["clip_id", "moment", "rater"],
)
"""`data/answers.csv`: what raters say of single moments; a row a moment and panel."""

PAIRS = table(
    {
        "pair_id": text(r"^[0-9a-f]{8}$"),
        "clip_id": text(r"^(c[0-9a-f]{8}|synth-\d+-\d+)$"),
        "left_moment": COUNT,
        "right_moment": COUNT,
        "kind": word("real", "null", "swap", "catch"),
        "rater": RATER,
        "answer": word("left", "right", "same"),
        "rated_on": DATE,
        "guide_version": FROM_ONE,
    },
    rule(
        lambda t: (t["kind"] == "catch") == t["clip_id"].str.startswith("synth-"),
        "catch pairs, and only they, are of simulated bodies",
    ),
    rule(lambda t: t["left_moment"] != t["right_moment"], "a pair shows two moments"),
    key=["pair_id", "rater"],
)
"""`data/pairs.csv`: in which of two moments the back is further up; a row a pair and panel."""

MOMENTS = table(
    {
        **_DRAWN,
        "visible": word("True", "False"),
        "lifted": word("yes", "no", "unknown"),
        "lift_score": number(-1, 1),
        "lift_low": number(-1, 1),
        "lift_high": number(-1, 1),
        "state": word("contact", "slit", "up", ""),
        "height_norm": number(0, 0.6),
    },
    rule(
        lambda t: (t["visible"] == "True") | (t["lifted"] == "unknown"),
        "what is not seen has no label",
    ),
    key=["clip_id", "moment"],
)
"""`data/moments.csv`: what is known of every rated moment, by the rule of decision 0014."""

REP_LABELS = table(
    {
        "clip_id": CLIP,
        "rep": COUNT,
        "label": word("arched", "good", "cant_tell"),
        "n_visible": COUNT,
        "flat_deg": ANY_ANGLE,
        "lifted_deg": ANY_ANGLE,
    },
    key=["clip_id", "rep"],
)
"""`data/rep_labels.csv`: a rep's label and the leg angles between which the back leaves."""

BLINDING = table(
    {
        "clip_id": CLIP,
        "rep": COUNT,
        "moment": COUNT,
        "leg_angle_deg": ANGLE,
        "legs": word("high", "low"),
        "mask": MASK,
        "rater": RATER,
        "guess": word("high", "low"),
    },
    key=["clip_id", "rep", "moment", "mask", "rater"],
)
"""`data/blinding.csv`: can the legs be guessed from the pictures? A row a picture and rater."""

CATCH_TRUTH = table(
    {
        "clip_id": text(r"^synth-\d+-\d+$"),
        "moment": COUNT,
        "leg_deg": ANGLE,
        "tilt_deg": number(-60, 60),
        "gap_norm": number(0, 0.6),
        "gap_drawn_norm": number(-0.6, 0.6),
        "trunk_px": number(0, 10_000),
        "edge_contrast": number(-255, 255),
    },
    key=["clip_id", "moment"],
)
"""`data/synthetic/catch_truth.csv`: the true state of the bodies in the catch pairs."""

# Guide 1: reps that were rated as a whole, kept as a record.

_GIVEN_LABEL = word("good", "arched", "cant_tell")

LABELS = table(
    {
        "clip_id": CLIP,
        "rep": FROM_ONE,
        "start_s": TIME,
        "end_s": TIME,
        "rater": RATER,
        "pass": FROM_ONE,
        "label": _GIVEN_LABEL,
        "severity": number(0, 3),
        "onset_s": number(-0.5, 120),
        "onset_deg": ANGLE,
        "evidence": words("gap", "light", "rib_flare", "waistband", "belly"),
        "cant_tell_reason": words("arm", "clothing", "view", "resolution", "out_of_frame", "other"),
        "confidence": whole(pa.Check.isin((1, 2, 3))),
        "height_flat_pct": number(0, 60),
        "height_worst_pct": number(0, 60),
        "waistband_flat_deg": number(-180, 180),
        "waistband_worst_deg": number(-180, 180),
        "guide_version": FROM_ONE,
        "rated_on": DATE,
        "note": FREE,
    },
    key=["clip_id", "rep", "start_s", "rater", "pass", "guide_version"],
)
"""`data/labels.csv`: the ratings of guide 1; a row a rep, rater and pass."""

ADJUDICATION = table(
    {
        "clip_id": CLIP,
        "rep": FROM_ONE,
        "start_s": TIME,
        "end_s": TIME,
        "label": _GIVEN_LABEL,
        "severity": number(0, 3),
        "reason": FILLED,
    }
)
"""`data/adjudication.csv`: what was decided where raters of guide 1 disagreed, and why."""

FIRST_LABELS = table(
    {
        "clip_id": CLIP,
        "rep": FROM_ONE,
        "person_id": text(r"^P\d+$"),
        "arched": word("True", "False"),
        "arm_cover_frac": number(0, 1),
        "lowest_leg_angle_deg": ANGLE,
        "p_legs_only": number(0, 1),
    },
    key=["clip_id", "rep"],
)
"""`data/first_labels.csv`: the labels of guide 1, and what the legs alone say of them."""
