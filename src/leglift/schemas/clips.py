"""The source list, and what is known of a whole clip or a stretch of it."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

from leglift.schemas.columns import CLIP, RATER, SPANS, TIME, TIMES, one_of, some_of, word

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


VIDEOS = pa.DataFrameSchema(
    {
        "clip_id": pa.Column(str, pa.Check.str_matches(r"^c[0-9a-f]{8}$"), unique=True),
        "file": pa.Column(str, unique=True),
        "url": pa.Column(str, pa.Check.str_matches(r"^https://\S+$")),
        "sha256": pa.Column(str, pa.Check.str_matches(r"^[0-9a-f]{64}$"), unique=True),
        "size_bytes": pa.Column(int, pa.Check.gt(0), coerce=True),
        "licence": pa.Column(str, pa.Check.str_length(min_value=1)),
        "retrieved_on": pa.Column(str, pa.Check.str_matches(r"^\d{4}-\d\d-\d\d$")),
        "person_id": pa.Column(str, pa.Check.str_matches(r"^(P\d+)?$")),
        "exercise": pa.Column(str, one_of(*EXERCISES)),
        "view": pa.Column(str, one_of("side", "side_oblique", "oblique", "front_top")),
        "camera_side": pa.Column(str, one_of("left", "right", "unknown")),
        "arms": pa.Column(str, one_of(*ARMS)),
        "head": pa.Column(str, one_of("up", "down", "mixed")),
        "clothing": pa.Column(str, one_of("bare", "fitted", "loose")),
        "surface": pa.Column(str, one_of("mat", "floor", "bench", "bed", "grass", "other")),
        "feet_in_frame": pa.Column(str, one_of("yes", "partly", "no")),
        "n_people": pa.Column(int, pa.Check.ge(0), coerce=True),
        "overlays": pa.Column(str),
        "windows_s": pa.Column(str, pa.Check.str_matches(SPANS)),
        "cuts_s": pa.Column(str, pa.Check.str_matches(TIMES)),
        "exclusion": pa.Column(str),
        "coach_caption": pa.Column(str),
        "note": pa.Column(str),
        "split": pa.Column(str, one_of("study", "test", "fresh")),
        "back_visible": pa.Column(str, one_of("none", "part", "all", "")),
        "back_visible_s": pa.Column(str, pa.Check.str_matches(SPANS)),
        "flat_s": pa.Column(str, pa.Check.str_matches(SPANS)),
        "arched_s": pa.Column(str, pa.Check.str_matches(SPANS)),
    },
    checks=[
        pa.Check(_one_split_each, error="nobody is in two of study, test and fresh"),
        pa.Check(
            lambda t: (t["person_id"] != "") | (t["exclusion"] != ""),
            error="a clip that is not excluded names its person",
        ),
        pa.Check(
            lambda t: t["clip_id"].str[1:] == t["sha256"].str[:8],
            error="clip_id is c and the first eight digits of sha256",
        ),
    ],
    strict=True,
    ordered=True,
)
"""The source list `data/videos.csv`; the columns are explained in `data/README.md`."""

COACH = pa.DataFrameSchema(
    {
        "clip_id": CLIP,
        "start_s": TIME,
        "end_s": TIME,
        "coach_label": pa.Column(str, one_of("good", "arched")),
        "caption": pa.Column(str, pa.Check.str_length(min_value=1)),
    },
    strict=True,
)
"""`data/coach_labels.csv`: what a coach's own caption says of a stretch of a clip."""

MASKS = pa.DataFrameSchema(
    {
        "clip_id": CLIP,
        "corners_frac": pa.Column(
            str, pa.Check.str_matches(r"^[\d.]+:[\d.]+( [\d.]+:[\d.]+){2,}$")
        ),
        "reason": pa.Column(str),
    },
    strict=True,
)
"""`data/caption_masks.csv`: polygons, in shares of the frame, that hide captions from raters."""

HIDERS = (
    "arm", "clothing", "dark", "resolution", "view", "object", "posture", "out_of_frame"
)  # fmt: skip
"""What hides the edge of the back, in the words of the guide."""

VISIBILITY = pa.DataFrameSchema(
    {
        "clip_id": CLIP,
        "describer": RATER,
        "back_visible": word("none", "part", "all"),
        "visible_s": pa.Column(str, pa.Check.str_matches(SPANS)),
        "hidden_by": pa.Column(str, some_of(*HIDERS, "leg")),
    },
    checks=[
        pa.Check(
            lambda t: (t["back_visible"] != "none") | (t["visible_s"] == ""),
            error="a back that is never visible has no seconds",
        )
    ],
    unique=["clip_id", "describer"],
    strict=True,
    ordered=True,
)
"""`data/visibility.csv`: when the edge of the back can be seen; a row a clip and describer."""
