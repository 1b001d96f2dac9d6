"""Guide 2: moments and pairs of moments, and what follows from the answers."""

from __future__ import annotations

import pandera.pandas as pa

from leglift.schemas.clips import HIDERS
from leglift.schemas.columns import (
    ANGLE,
    CLIP,
    COUNT,
    DATE,
    GUIDE,
    MOMENT,
    RATER,
    TIME,
    number,
    one_of,
    some_of,
    word,
)

_MASK = pa.Column(int, one_of(1, 2), coerce=True)
_DRAWN = {
    "clip_id": CLIP,
    "rep": COUNT,
    "moment": pa.Column(int, pa.Check.ge(1), coerce=True),
    "phase": word("rest before", "lifting", "top", "lowering", "lowest", "rest after", "still"),
    "time_s": TIME,
    "shot_idx": COUNT,
    "leg_angle_deg": ANGLE,
}

SAMPLED = pa.DataFrameSchema(_DRAWN, unique=["clip_id", "moment"], strict=True, ordered=True)
"""`data/sampled.csv`: the moments that were rated, drawn by leg angle and rest alone."""

ANSWERS = pa.DataFrameSchema(
    {
        "clip_id": CLIP,
        "moment": MOMENT,
        "rater": RATER,
        "visible": word("yes", "part", "no"),
        "hidden_by": pa.Column(str, some_of(*HIDERS)),
        "state": word("contact", "slit", "hand", "hollow", ""),
        "height_pct": number(0, 60),
        "mask": _MASK,
        "rated_on": DATE,
        "guide_version": GUIDE,
    },
    checks=[
        pa.Check(
            lambda t: (t["visible"] == "no") == (t["state"] == ""),
            error="what is seen has a state, and nothing else has",
        ),
        pa.Check(
            lambda t: (t["visible"] != "no") | t["height_pct"].isna(),
            error="what is not seen has no height",
        ),
    ],
    unique=["clip_id", "moment", "rater"],
    strict=True,
    ordered=True,
)
"""`data/answers.csv`: what raters say of single moments; a row a moment and panel."""

PAIRS = pa.DataFrameSchema(
    {
        "pair_id": pa.Column(str, pa.Check.str_matches(r"^[0-9a-f]{8}$")),
        "clip_id": pa.Column(str, pa.Check.str_matches(r"^(c[0-9a-f]{8}|synth-\d+-\d+)$")),
        "left_moment": MOMENT,
        "right_moment": MOMENT,
        "kind": word("real", "null", "swap", "catch"),
        "rater": RATER,
        "answer": word("left", "right", "same"),
        "rated_on": DATE,
        "guide_version": GUIDE,
    },
    checks=[
        pa.Check(
            lambda t: (t["kind"] == "catch") == t["clip_id"].str.startswith("synth-"),
            error="catch pairs, and only they, are of simulated bodies",
        ),
        pa.Check(
            lambda t: t["left_moment"] != t["right_moment"],
            error="a pair shows two moments",
        ),
    ],
    unique=["pair_id", "rater"],
    strict=True,
    ordered=True,
)
"""`data/pairs.csv`: in which of two moments the back is further up; a row a pair and panel."""

REP_LABELS = pa.DataFrameSchema(
    {
        "clip_id": CLIP,
        "rep": COUNT,
        "label": word("arched", "good", "cant_tell"),
        "n_visible": pa.Column(int, pa.Check.ge(0), coerce=True),
        "flat_deg": pa.Column(float, nullable=True, coerce=True),
        "lifted_deg": pa.Column(float, nullable=True, coerce=True),
    },
    unique=["clip_id", "rep"],
    strict=True,
    ordered=True,
)
"""`data/rep_labels.csv`: a rep's label and the leg angles between which the back leaves."""

BLINDING = pa.DataFrameSchema(
    {
        "clip_id": CLIP,
        "rep": COUNT,
        "moment": MOMENT,
        "leg_angle_deg": ANGLE,
        "legs": word("high", "low"),
        "mask": _MASK,
        "rater": RATER,
        "guess": word("high", "low"),
    },
    unique=["clip_id", "rep", "moment", "mask", "rater"],
    strict=True,
    ordered=True,
)
"""`data/blinding.csv`: can the legs be guessed from the pictures? A row a picture and rater."""

MOMENTS = pa.DataFrameSchema(
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
    checks=[
        pa.Check(
            lambda t: (t["visible"] == "True") | (t["lifted"] == "unknown"),
            error="what is not seen has no label",
        )
    ],
    unique=["clip_id", "moment"],
    strict=True,
    ordered=True,
)
"""`data/moments.csv`: what is known of every rated moment, by the rule of decision 0014."""

CATCH_TRUTH = pa.DataFrameSchema(
    {
        "clip_id": pa.Column(str, pa.Check.str_matches(r"^synth-\d+-\d+$")),
        "moment": MOMENT,
        "leg_deg": ANGLE,
        "tilt_deg": number(-60, 60),
        "gap_norm": number(0, 0.6),
        "gap_drawn_norm": number(-0.6, 0.6),
        "trunk_px": number(0, 10_000),
        "edge_contrast": number(-255, 255),
    },
    unique=["clip_id", "moment"],
    strict=True,
    ordered=True,
)
"""`data/synthetic/catch_truth.csv`: the true state of the bodies in the catch pairs."""
