"""What the tables of the study must look like; a wrong cell is found before the long job."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from leglift.errors import UsageError

SPANS = r"^(\d+(\.\d+)?-\d+(\.\d+)?)(;\d+(\.\d+)?-\d+(\.\d+)?)*$|^$"
TIMES = r"^(\d+(\.\d+)?(;\d+(\.\d+)?)*)?$"
EXERCISES = (
    "both_leg_raise", "single_leg_raise", "flutter_scissor", "dead_bug", "reverse_crunch",
    "hanging", "pelvic_tilt", "hollow_hold", "v_up", "bicycle", "crunch", "other_floor",
    "not_floor",
)  # fmt: skip
ARMS = (
    "sides", "under_glutes", "overhead", "chest", "holding", "behind_head", "elbows", "hips"
)  # fmt: skip


def _one_of(*values: str) -> pa.Check:
    return pa.Check.isin(values)


def _one_of_numbers(*values: int) -> pa.Check:
    return pa.Check.isin(values)


def _word(*values: str) -> pa.Column:
    return pa.Column(str, _one_of(*values))


def _people(videos: pd.DataFrame, split: str) -> pd.Series:
    return videos.loc[videos["split"] == split, "person_id"]


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
        "exercise": pa.Column(str, _one_of(*EXERCISES)),
        "view": pa.Column(str, _one_of("side", "side_oblique", "oblique", "front_top")),
        "camera_side": pa.Column(str, _one_of("left", "right", "unknown")),
        "arms": pa.Column(str, _one_of(*ARMS)),
        "head": pa.Column(str, _one_of("up", "down", "mixed")),
        "clothing": pa.Column(str, _one_of("bare", "fitted", "loose")),
        "surface": pa.Column(str, _one_of("mat", "floor", "bench", "bed", "grass", "other")),
        "feet_in_frame": pa.Column(str, _one_of("yes", "partly", "no")),
        "n_people": pa.Column(int, pa.Check.ge(0), coerce=True),
        "overlays": pa.Column(str),
        "windows_s": pa.Column(str, pa.Check.str_matches(SPANS)),
        "cuts_s": pa.Column(str, pa.Check.str_matches(TIMES)),
        "exclusion": pa.Column(str),
        "coach_caption": pa.Column(str),
        "note": pa.Column(str),
        "split": pa.Column(str, _one_of("study", "test")),
        "back_visible": pa.Column(str, _one_of("none", "part", "all", "")),
        "back_visible_s": pa.Column(str, pa.Check.str_matches(SPANS)),
        "flat_s": pa.Column(str, pa.Check.str_matches(SPANS)),
        "arched_s": pa.Column(str, pa.Check.str_matches(SPANS)),
    },
    checks=[
        pa.Check(
            lambda t: (t["split"] == "study") | ~t["person_id"].isin(_people(t, "study")),
            error="nobody is both in the study and in the test",
        ),
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


LABELS_GIVEN = ("good", "arched", "cant_tell")
EVIDENCE = ("gap", "light", "rib_flare", "waistband", "belly")
CANT_TELL_REASONS = ("arm", "clothing", "view", "resolution", "out_of_frame", "other")


def _some_of(*words: str) -> pa.Check:
    """None, one or several of the words, with semicolons between them."""
    word = "|".join(words)
    return pa.Check.str_matches(rf"^(({word})(;({word}))*)?$")


def _number(low: float, high: float) -> pa.Column:
    return pa.Column(float, pa.Check.in_range(low, high), nullable=True, coerce=True)


_CLIP = pa.Column(str, pa.Check.str_matches(r"^c[0-9a-f]{8}$"))
_REP = pa.Column(int, pa.Check.ge(1), coerce=True)
_TIME = pa.Column(float, pa.Check.ge(0), coerce=True)
_DATE = pa.Column(str, pa.Check.str_matches(r"^\d{4}-\d\d-\d\d$"))
_GIVEN = {
    "label": pa.Column(str, _one_of(*LABELS_GIVEN)),
    "severity": _number(0, 3),
    "onset_s": _number(-0.5, 120),
    "onset_deg": _number(-90, 270),
    "evidence": pa.Column(str, _some_of(*EVIDENCE)),
    "cant_tell_reason": pa.Column(str, _some_of(*CANT_TELL_REASONS)),
    "confidence": pa.Column(int, _one_of_numbers(1, 2, 3), coerce=True),
    "height_flat_pct": _number(0, 60),
    "height_worst_pct": _number(0, 60),
    "waistband_flat_deg": _number(-180, 180),
    "waistband_worst_deg": _number(-180, 180),
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
        "clip_id": _CLIP,
        "rep": _REP,
        "start_s": _TIME,
        "end_s": _TIME,
        "rater": pa.Column(str, pa.Check.str_matches(r"^\w+$")),
        "pass": pa.Column(int, pa.Check.ge(1), coerce=True),
        **_GIVEN,
        "guide_version": pa.Column(int, pa.Check.ge(1), coerce=True),
        "rated_on": _DATE,
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
        "clip_id": _CLIP,
        "rep": _REP,
        "start_s": _TIME,
        "end_s": _TIME,
        "label": pa.Column(str, _one_of(*LABELS_GIVEN)),
        "severity": _number(0, 3),
        "reason": pa.Column(str, pa.Check.str_length(min_value=1)),
    },
    strict=True,
)
"""`data/adjudication.csv`: what was decided where raters of guide 1 disagreed, and why."""

COACH = pa.DataFrameSchema(
    {
        "clip_id": _CLIP,
        "start_s": _TIME,
        "end_s": _TIME,
        "coach_label": pa.Column(str, _one_of("good", "arched")),
        "caption": pa.Column(str, pa.Check.str_length(min_value=1)),
    },
    strict=True,
)
"""`data/coach_labels.csv`: what a coach's own caption says of a stretch of a clip."""


MASKS = pa.DataFrameSchema(
    {
        "clip_id": _CLIP,
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

_MOMENT = pa.Column(int, pa.Check.ge(0), coerce=True)
_COUNT = pa.Column(int, pa.Check.ge(0), coerce=True)
_ANGLE = _number(-90, 270)
_GUIDE = pa.Column(int, pa.Check.ge(1), coerce=True)
_MASK = pa.Column(int, _one_of_numbers(1, 2), coerce=True)
_RATER = pa.Column(str, pa.Check.str_matches(r"^\w+$"))
_DRAWN = {
    "clip_id": _CLIP,
    "rep": _COUNT,
    "moment": pa.Column(int, pa.Check.ge(1), coerce=True),
    "phase": _word("rest before", "lifting", "top", "lowering", "lowest", "rest after", "still"),
    "time_s": _TIME,
    "shot_idx": _COUNT,
    "leg_angle_deg": _ANGLE,
}

VISIBILITY = pa.DataFrameSchema(
    {
        "clip_id": _CLIP,
        "describer": _RATER,
        "back_visible": _word("none", "part", "all"),
        "visible_s": pa.Column(str, pa.Check.str_matches(SPANS)),
        "hidden_by": pa.Column(str, _some_of(*HIDERS, "leg")),
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

SAMPLED = pa.DataFrameSchema(_DRAWN, unique=["clip_id", "moment"], strict=True, ordered=True)
"""`data/sampled.csv`: the moments that were rated, drawn by leg angle and rest alone."""

ANSWERS = pa.DataFrameSchema(
    {
        "clip_id": _CLIP,
        "moment": _MOMENT,
        "rater": _RATER,
        "visible": _word("yes", "part", "no"),
        "hidden_by": pa.Column(str, _some_of(*HIDERS)),
        "state": _word("contact", "slit", "hand", "hollow", ""),
        "height_pct": _number(0, 60),
        "mask": _MASK,
        "rated_on": _DATE,
        "guide_version": _GUIDE,
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
        "left_moment": _MOMENT,
        "right_moment": _MOMENT,
        "kind": _word("real", "null", "swap", "catch"),
        "rater": _RATER,
        "answer": _word("left", "right", "same"),
        "rated_on": _DATE,
        "guide_version": _GUIDE,
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
        "clip_id": _CLIP,
        "rep": _COUNT,
        "label": _word("arched", "good", "cant_tell"),
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
        "clip_id": _CLIP,
        "rep": _COUNT,
        "moment": _MOMENT,
        "leg_angle_deg": _ANGLE,
        "legs": _word("high", "low"),
        "mask": _MASK,
        "rater": _RATER,
        "guess": _word("high", "low"),
    },
    unique=["clip_id", "rep", "moment", "mask", "rater"],
    strict=True,
    ordered=True,
)
"""`data/blinding.csv`: can the legs be guessed from the pictures? A row a picture and rater."""

MOMENTS = pa.DataFrameSchema(
    {
        **_DRAWN,
        "visible": _word("True", "False"),
        "lifted": _word("yes", "no", "unknown"),
        "lift_score": _number(-1, 1),
        "lift_low": _number(-1, 1),
        "lift_high": _number(-1, 1),
        "state": _word("contact", "slit", "up", ""),
        "height_norm": _number(0, 0.6),
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

FIRST_LABELS = pa.DataFrameSchema(
    {
        "clip_id": _CLIP,
        "rep": _REP,
        "person_id": pa.Column(str, pa.Check.str_matches(r"^P\d+$")),
        "arched": _word("True", "False"),
        "arm_cover_frac": _number(0, 1),
        "lowest_leg_angle_deg": _ANGLE,
        "p_legs_only": _number(0, 1),
    },
    unique=["clip_id", "rep"],
    strict=True,
    ordered=True,
)
"""`data/first_labels.csv`: the labels of guide 1, and what the legs alone say of them."""

CATCH_TRUTH = pa.DataFrameSchema(
    {
        "clip_id": pa.Column(str, pa.Check.str_matches(r"^synth-\d+-\d+$")),
        "moment": _MOMENT,
        "leg_deg": _ANGLE,
        "tilt_deg": _number(-60, 60),
        "gap_norm": _number(0, 0.6),
        "gap_drawn_norm": _number(-0.6, 0.6),
        "trunk_px": _number(0, 10_000),
        "edge_contrast": _number(-255, 255),
    },
    unique=["clip_id", "moment"],
    strict=True,
    ordered=True,
)
"""`data/synthetic/catch_truth.csv`: the true state of the bodies in the catch pairs."""


def read_checked(path: Path, schema: pa.DataFrameSchema, what: str) -> pd.DataFrame:
    """Read a CSV file as its schema wants it; an empty cell is NaN in a column of numbers.

    Raises
    ------
    UsageError
        The file is missing, or a cell is not as the schema wants it (the first one is named).
    """
    if not path.is_file():
        raise UsageError(f"{path}: no such {what}")
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: no table ({' '.join(str(error).split())})") from error
    if not isinstance(table.index, pd.RangeIndex):
        raise UsageError(f"{path}: a row has more cells than the heading; quote cells with commas")
    numbers = [n for n, c in schema.columns.items() if n in table and str(c.dtype) == "float64"]
    table[numbers] = table[numbers].replace("", None)
    return checked(table, schema, str(path))


def checked(table: pd.DataFrame, schema: pa.DataFrameSchema, where: str) -> pd.DataFrame:
    """Validate a table; a `UsageError` names the first wrong cell in one line."""
    try:
        return schema.validate(table)
    except pa.errors.SchemaError as error:
        raise UsageError(f"{where}: {_in_one_line(error)}") from error
    except pa.errors.SchemaErrors as errors:  # what pandera raises for columns and types
        first = errors.failure_cases.iloc[0]
        raise UsageError(
            f"{where}: {first['column'] or 'columns'}: {first['check']}: {first['failure_case']}"
        ) from errors


def _in_one_line(error: pa.errors.SchemaError) -> str:
    """Line of the file, column, rule and cell of the first failure."""
    rule = str(getattr(error.check, "error", None) or error.check)
    cases, column = error.failure_cases, getattr(error.schema, "name", None)
    if not isinstance(cases, pd.DataFrame) or cases.empty or cases["index"].isna().any():
        return " ".join(str(error).split())[:300]
    line = f"line {int(cases['index'].iloc[0]) + 2}"
    cell = f"{column}: {cases['failure_case'].iloc[0]}: " if column else ""
    return f"{line}: {cell}{rule}"


def read_videos(path: Path) -> pd.DataFrame:
    """Read and check the source list.

    Raises
    ------
    UsageError
        The file is missing, or a cell is not as the schema wants it (the first one is named).
    """
    return read_checked(path, VIDEOS, "source list")
