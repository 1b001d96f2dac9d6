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
    },
    checks=[
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


def read_videos(path: Path) -> pd.DataFrame:
    """Read and check the source list.

    Raises
    ------
    UsageError
        The file is missing, or a cell is not as the schema wants it (the first one is named).
    """
    if not path.is_file():
        raise UsageError(f"{path}: no such source list")
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    try:
        return VIDEOS.validate(table)
    except pa.errors.SchemaError as error:
        raise UsageError(f"{path}: {' '.join(str(error).split())[:300]}") from error
    except pa.errors.SchemaErrors as errors:  # what pandera raises for columns and types
        first = errors.failure_cases.iloc[0]
        raise UsageError(
            f"{path}: {first['column'] or 'columns'}: {first['check']}: {first['failure_case']}"
        ) from errors
