"""Sets as history keeps them, apart from the tests that use them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import av
import pandas as pd

from leglift.params import load_params
from leglift.verdict.history.store import add_set, opened, sets_of

PLAN = load_params().history
MONDAY = date(2026, 3, 2)


def a_document(clip: int = 1, control: float | None = 40.0) -> dict:
    """What `leglift judge --json` says of a set of three reps, as far as history reads it."""
    known = control is not None
    return {
        "schema_version": 2,
        "model": {"id": "gap-rule-1", "sha256": "0" * 64},
        "clip": {"path": "a.mp4", "sha256": f"{clip:064x}"},
        "set": {
            "exercise": "lying_leg_raise",
            **{"n_reps": 3, "n_good": 2, "n_arched": 1, "n_cant_tell": 0},
            "set_over_at_rep": 3,
            "point_of_control_deg": control,
            "point_of_control_low_deg": control - 10 if known else None,
            "point_of_control_high_deg": control + 10 if known else None,
            "point_of_control_error_deg": 5.0 if known else None,
            "point_of_control_censored": False if known else None,
        },
        "reps": [
            {"verdict": verdict, "reason": None, "lowering_s": lowering_s}
            for verdict, lowering_s in (("good", 2.0), ("good", 3.0), ("arched", None))
        ],
    }


def recorded(path: Path, at: str, tag: str = "creation_time") -> Path:
    with av.open(str(path), "w", options={"movflags": "use_metadata_tags"}) as out:
        out.metadata[tag] = at
        stream = out.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        out.mux(stream.encode(av.VideoFrame(96, 64, "yuv420p")))
        out.mux(stream.encode(None))
    return path


def kept(db: Path, person: str = "Ada") -> pd.DataFrame:
    with opened(db, create=False) as connection:
        return sets_of(connection, person)


def add(db: Path, day: date, document: dict, person: str = "Ada") -> bool:
    with opened(db, create=True) as connection:
        return add_set(connection, person, day, document)
