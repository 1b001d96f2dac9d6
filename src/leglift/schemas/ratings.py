"""Guide 1: reps that were rated as a whole, kept as a record."""

from __future__ import annotations

import pandera.pandas as pa

from leglift.schemas.columns import ANGLE, CLIP, DATE, REP, TIME, number, one_of, some_of, word

LABELS_GIVEN = ("good", "arched", "cant_tell")
EVIDENCE = ("gap", "light", "rib_flare", "waistband", "belly")
CANT_TELL_REASONS = ("arm", "clothing", "view", "resolution", "out_of_frame", "other")

_GIVEN = {
    "label": pa.Column(str, one_of(*LABELS_GIVEN)),
    "severity": number(0, 3),
    "onset_s": number(-0.5, 120),
    "onset_deg": number(-90, 270),
    "evidence": pa.Column(str, some_of(*EVIDENCE)),
    "cant_tell_reason": pa.Column(str, some_of(*CANT_TELL_REASONS)),
    "confidence": pa.Column(int, one_of(1, 2, 3), coerce=True),
    "height_flat_pct": number(0, 60),
    "height_worst_pct": number(0, 60),
    "waistband_flat_deg": number(-180, 180),
    "waistband_worst_deg": number(-180, 180),
}
_NOTE = {"note": pa.Column(str)}
_RATING_RULES = [
    pa.Check(
        lambda t: (t["label"] != "good") | (t["severity"] == 0),
        error="a good rep has severity 0",
    ),
    pa.Check(
        lambda t: (t["label"] != "arched") | t["severity"].isin([1, 2, 3]),
        error="an arched rep has severity 1, 2 or 3",
    ),
    pa.Check(
        lambda t: (t["label"] != "cant_tell") | t["severity"].isna(),
        error="a rep that cannot be told has no severity",
    ),
    pa.Check(
        lambda t: (t["label"] == "cant_tell") == (t["cant_tell_reason"] != ""),
        error="cant_tell_reason belongs to cant_tell and to nothing else",
    ),
    pa.Check(
        lambda t: (t["label"] == "arched") | (t["onset_s"].isna() & t["onset_deg"].isna()),
        error="only an arched rep has an onset",
    ),
    pa.Check(
        lambda t: (t["label"] != "arched") | (t["evidence"] != ""),
        error="an arched rep names its evidence",
    ),
]

LABELS = pa.DataFrameSchema(
    {
        "clip_id": CLIP,
        "rep": REP,
        "start_s": TIME,
        "end_s": TIME,
        "rater": pa.Column(str, pa.Check.str_matches(r"^\w+$")),
        "pass": pa.Column(int, pa.Check.ge(1), coerce=True),
        **_GIVEN,
        "guide_version": pa.Column(int, pa.Check.ge(1), coerce=True),
        "rated_on": DATE,
        **_NOTE,
    },
    checks=_RATING_RULES,
    unique=["clip_id", "rep", "start_s", "rater", "pass", "guide_version"],
    strict=True,
    ordered=True,
)
"""`data/labels.csv`: the ratings of guide 1, kept as a record; a row a rep, rater and pass."""

ADJUDICATION = pa.DataFrameSchema(
    {
        "clip_id": CLIP,
        "rep": REP,
        "start_s": TIME,
        "end_s": TIME,
        "label": pa.Column(str, one_of(*LABELS_GIVEN)),
        "severity": number(0, 3),
        "reason": pa.Column(str, pa.Check.str_length(min_value=1)),
    },
    strict=True,
)
"""`data/adjudication.csv`: what was decided where raters of guide 1 disagreed, and why."""

FIRST_LABELS = pa.DataFrameSchema(
    {
        "clip_id": CLIP,
        "rep": REP,
        "person_id": pa.Column(str, pa.Check.str_matches(r"^P\d+$")),
        "arched": word("True", "False"),
        "arm_cover_frac": number(0, 1),
        "lowest_leg_angle_deg": ANGLE,
        "p_legs_only": number(0, 1),
    },
    unique=["clip_id", "rep"],
    strict=True,
    ordered=True,
)
"""`data/first_labels.csv`: the labels of guide 1, and what the legs alone say of them."""
