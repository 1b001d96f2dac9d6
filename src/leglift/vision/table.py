"""A clip's table: what its columns hold, and how it is read. Nothing here needs the video."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter

from leglift.errors import UsageError
from leglift.memory import give_back

Ring = npt.NDArray[np.float32]
"""A closed polygon, shape (n, 2): x, y in pixels, first point not repeated."""


def flatten(rings: Sequence[Ring]) -> list[list[float]]:
    """Rings as nested lists `[[x0, y0, x1, y1, ...], ...]`, the form a table can hold."""
    return [ring.ravel().tolist() for ring in rings]


def rings_of(cell: pa.ListScalar) -> list[Ring]:
    """Rings of a table's cell, as views of its own numbers; a missing cell has none."""
    return [
        ring.values.to_numpy(zero_copy_only=False).reshape(-1, 2)  # noqa: PD011 (pyarrow's)
        for ring in (cell.values if cell.is_valid else ())  # noqa: PD011
    ]


EDGE_U = np.round(np.arange(0.15, 1.251, 0.05), 2)
"""Stations of the refined dorsal edge."""

STEP_U = np.round(np.arange(0.30, 1.051, 0.05), 2)
"""Stations of the brightness steps."""

STEP_V = np.round(np.arange(-0.06, 0.121, 0.01), 3)
"""Borders of the steps across the mask's own edge: negative inside the body, positive below it."""

STEP_LEVELS = 7
"""A step is stored as a whole number from -7 to 7, in eighths of the crop's contrast."""

_JOINTS = ("ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_PLACED = [
    "nose",
    *(f"{s}_{p}" for s in ("left", "right") for p in (*_JOINTS, "heel", "foot_index")),
]
LANDMARK_COLUMNS = [
    *(f"{name}_{axis}_px" for name in _PLACED for axis in "xy"),
    *(f"{side}_{part}_z_px" for side in ("left", "right") for part in ("shoulder", "hip")),
    *(f"{side}_{part}_visibility" for side in ("left", "right") for part in _JOINTS),
]
"""What is kept of the 33 landmarks: that which something reads."""

EDGE_COLUMNS = [f"edge_{round(u * 100):+04d}_norm" for u in EDGE_U]
NUMBER_COLUMNS = [*LANDMARK_COLUMNS, *EDGE_COLUMNS]
SCHEMA = pa.schema(
    [
        ("frame_idx", pa.int32()),
        ("track_idx", pa.int8()),
        ("time_s", pa.float64()),
        ("detected", pa.bool_()),
        ("thumb_diff", pa.float32()),
        *((name, pa.float32()) for name in NUMBER_COLUMNS),
        ("rings_px", pa.list_(pa.list_(pa.float32()))),
        ("lumbar_steps", pa.binary()),
    ]
)
"""A row a frame and person; a frame without a person is one row with `detected` false."""

CUT_THUMB_DIFF = 1.0
"""`thumb_diff` of a frame that does not follow the one before; no picture changes by as much."""

META_KEY = b"leglift"
LONGEST_S = 86_400.0
_ROWS_AT_A_TIME = 256


@dataclass(frozen=True)
class ClipMeta:
    """What a table was made from and with; travels inside the parquet file."""

    source_name: str
    source_sha256: str
    width_px: int
    height_px: int
    fps: float
    rotation_deg: int
    duration_s: float
    n_frames: int
    n_detected: int
    codec: str
    damaged_at_s: float | None
    pose_variant: str
    pose_sha256: str
    params_sha256: str
    num_poses: int
    versions: dict[str, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    """What is wrong with the file, in words that go after its name."""

    @property
    def detected_frac(self) -> float:
        """Share of frames with at least one person."""
        return self.n_detected / self.n_frames if self.n_frames else 0.0


@contextmanager
def _of_ours(table: Path) -> Iterator[None]:
    """Say in one line that a table is none of ours, or not any more."""
    try:
        yield
    except FileNotFoundError as error:
        raise UsageError(f"{table}: no such table; run leglift study extract") from error
    except (pa.ArrowException, KeyError, ValueError, OSError) as error:
        reason = " ".join(str(error).split())[:100]
        raise UsageError(
            f"{table}: not a table of leglift study extract ({reason}); remove it and extract again"
        ) from error


def read_meta(table: Path) -> ClipMeta:
    """Metadata of a clip's table.

    Raises
    ------
    UsageError
        The table is missing, damaged, or not one that `extract_clip` wrote.
    """
    with _of_ours(table):
        about = pq.read_metadata(table).metadata or {}
        return TypeAdapter(ClipMeta).validate_json(about[META_KEY])


def read_frames(table: Path, columns: Sequence[str], track_idx: int = 0) -> pd.DataFrame:
    """Columns of one person's rows; frames in which only others are seen count as not detected.

    Raises
    ------
    UsageError
        The table is missing, damaged, or not one that `extract_clip` wrote.
    """
    needed = ["frame_idx", "track_idx", "time_s", "detected", "thumb_diff"]
    with _of_ours(table):
        _check_columns(pq.read_schema(table))
        frames = pq.read_table(table, columns=list(dict.fromkeys([*needed, *columns]))).to_pandas(
            split_blocks=True, self_destruct=True
        )
        clock = frames.drop_duplicates("frame_idx")[["frame_idx", "time_s", "thumb_diff"]]
        _check_rows(frames, clock["time_s"])
    if len(clock) == len(frames) and (frames["track_idx"] == track_idx).all():
        seen = frames["detected"].eq(True)  # nobody else in it: no copy is needed
        for name in () if seen.all() else columns:  # in turn: what was read may be read-only
            frames[name] = frames[name].where(seen)
        return frames.assign(detected=seen)
    own = frames[frames["detected"] & (frames["track_idx"] == track_idx)]
    joined = clock.merge(own.drop(columns=["time_s", "thumb_diff"]), "left", on="frame_idx")
    return joined.assign(detected=joined["detected"].eq(True), track_idx=track_idx)


def _check_columns(schema: pa.Schema) -> None:
    for column in SCHEMA:
        index = schema.get_field_index(column.name)
        if index < 0 or not schema.field(index).type.equals(column.type):
            raise ValueError(f"column {column.name} is not there as {column.type}")


def _check_rows(frames: pd.DataFrame, time_s: pd.Series) -> None:
    times = time_s.to_numpy(float)
    if not (np.isfinite(times).all() and (np.diff(times) > 0).all()):
        raise ValueError("the frames' times do not increase")
    if len(times) and not 0 <= times[0] <= times[-1] <= LONGEST_S:
        raise ValueError("the frames' times cannot be")
    if frames.duplicated(["frame_idx", "track_idx"]).any():
        raise ValueError("a person is in one frame twice")


def track_ids(table: Path) -> list[int]:
    """Numbers of the people in a table, those seen most often first."""
    with _of_ours(table):
        rows = pq.read_table(table, columns=["track_idx", "detected"]).to_pandas()
    return [int(i) for i in rows.loc[rows["detected"], "track_idx"].value_counts().index]


def iter_rings(table: Path, track_idx: int = 0) -> Iterator[tuple[int, list[Ring]]]:
    """Yield `(frame_idx, rings)` of one person's frames, a few rows in memory at a time."""
    columns = ["frame_idx", "track_idx", "detected", "rings_px"]
    with _of_ours(table):
        for batch in pq.ParquetFile(table).iter_batches(_ROWS_AT_A_TIME, columns=columns):
            frames, tracks, seen = (batch.column(name).to_pylist() for name in columns[:3])
            cells = batch.column("rings_px")
            for i, frame_idx in enumerate(frames):
                if seen[i] and tracks[i] == track_idx:
                    rings = rings_of(cells[i])
                    if any(len(ring) < 3 or not np.isfinite(ring).all() for ring in rings):
                        raise ValueError("an outline without corners")
                    yield frame_idx, rings
    give_back()
