"""One video to one table: landmarks and silhouette of every frame, written as it goes.

Memory stays the same however long the clip is: rows are written in small groups.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter

from leglift.console import plain
from leglift.errors import UsageError, VideoError
from leglift.memory import give_back, share_heaps
from leglift.params import VisionParams, file_sha256, params_sha256
from leglift.vision.lumbar import EDGE_U, TURN_PARTS, TurnTracker, look_at_lumbar, trunk_of
from leglift.vision.pose import (
    LANDMARKS,
    Pose,
    PoseBundle,
    detect,
    open_landmarker,
    poses_of,
    without_border,
)
from leglift.vision.silhouette import Ring, flatten, mask_to_rings
from leglift.vision.video import (
    AS_IT_COMES,
    Frame,
    FrameReader,
    Reading,
    VideoInfo,
    probe,
    read_ahead,
)

if TYPE_CHECKING:
    from mediapipe.tasks.python.vision import PoseLandmarkerResult

MAX_PEOPLE = 3
"""Nobody films a set with more people than this close by."""

IMAGE_FIELDS = ("x_px", "y_px", "z_px", "visibility")
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

_KEPT = np.array(
    [
        LANDMARKS.index(name) * len(IMAGE_FIELDS) + IMAGE_FIELDS.index(field)
        for column in LANDMARK_COLUMNS
        for field in IMAGE_FIELDS
        if column.endswith(f"_{field}")
        for name in [column.removesuffix(f"_{field}")]
    ]
)
EDGE_COLUMNS = [f"edge_{round(u * 100):+04d}_norm" for u in EDGE_U]
TURN_COLUMNS = [f"{part}_turn_deg" for part in TURN_PARTS]
NUMBER_COLUMNS = [*LANDMARK_COLUMNS, *EDGE_COLUMNS, *TURN_COLUMNS]
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

_RINGS_LEAF = "rings_px.list.element.list.element"
_STORAGE: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 19,
    "use_dictionary": ["frame_idx", "track_idx", "detected"],
    "use_byte_stream_split": [
        *(column.name for column in SCHEMA if pa.types.is_floating(column.type)),
        _RINGS_LEAF,
    ],
}
"""A sixth smaller than the defaults: bytes of like weight lie side by side."""

CUT_THUMB_DIFF = 1.0
"""`thumb_diff` of a frame that does not follow the one before; no picture changes by as much."""

_META_KEY = b"leglift"
_LONGEST_S = 86_400.0
_ROWS_AT_A_TIME = 256
_SMALL_GROUPS = 16  # of `rows_per_group` rows; each later group has as many as these together
_NUMBERS = "numbers"
_FRAMES_BEHIND = 2
_LESS_URGENT = 10  # of 19, as `nice` has it
_THUMB = (32, 18)
_FAINT = 0.2  # of full contrast between parts of the picture; ordinary clips have 0.45 and more
_SAMPLES = 90  # rows and columns are thinned out to about this many before averaging
# Finer is noise.
_STEPS = np.array([0.05, 0.05, 0.5, 5e-3], np.float32)
_PIXEL_FIELDS = np.array([1, 1, 1, 0], np.float32)
_RING_STEP_PX = np.float32(0.25)
_EDGE_STEP, _TURN_STEP = np.float32(1e-3), np.float32(0.02)

OnFrame = Callable[[int, float], None]
T = TypeVar("T")


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


def extract_clip(
    video: Path,
    table: Path,
    bundle: PoseBundle,
    params: VisionParams,
    num_poses: int = 1,
    on_frame: OnFrame | None = None,
    reading: Reading = AS_IT_COMES,
) -> ClipMeta:
    """Write the table of one video (parquet, columns `SCHEMA`) and return its metadata.

    The file appears under its name only when it is complete. With `reading.max_fps` every k-th
    frame is looked at, and the metadata's `fps` and `n_frames` are of those. Where hardly anybody
    is found a second look adds a border round the picture: a body without its head needs the room.

    Raises
    ------
    VideoError
        The video is missing, cannot be read, or is longer than a day.
    ModelError
        The pose bundle does not load.
    """
    once = partial(
        _one_look, video, bundle=bundle, params=params, num_poses=num_poses, on_frame=on_frame,
        reading=reading,
    )  # fmt: skip
    meta = once(table)
    if meta.detected_frac >= params.min_found_frac:
        return meta
    again = table.with_name(table.name + ".again")
    try:
        wider = once(again, border_frac=params.border_frac)
        if wider.n_detected > meta.n_detected:
            again.replace(table)
            return wider
    finally:
        again.unlink(missing_ok=True)
    return meta


def _one_look(
    video: Path,
    table: Path,
    bundle: PoseBundle,
    params: VisionParams,
    num_poses: int,
    on_frame: OnFrame | None,
    reading: Reading,
    border_frac: float = 0.0,
) -> ClipMeta:
    """Write the table of one video after one look at every frame."""
    share_heaps()
    info = probe(video, reading)
    reader = FrameReader(video, params.max_side_px, reading)
    tally = _Tally()
    with _table_writer(table) as writer, open_landmarker(bundle, params, num_poses) as landmarker:
        tracks = _Tracks(num_poses)
        trackers = [TurnTracker(params) for _ in range(num_poses)]
        groups = _Groups(writer, params.rows_per_group)

        def seen() -> Iterator[tuple[Frame, PoseLandmarkerResult]]:
            for frame in read_ahead(reader, params.queue_mib):
                if frame.time_s > _LONGEST_S:
                    raise VideoError(f"{video}: longer than a day; cut the set out of it")
                yield frame, detect(landmarker, frame, border_frac)
                if on_frame:
                    on_frame(frame.frame_idx + 1, frame.time_s)

        def write(frame: Frame, result: PoseLandmarkerResult) -> None:
            size_px = frame.rgb.shape[1], frame.rgb.shape[0]
            found = poses_of(result)
            if border_frac:
                found = [without_border(pose, size_px, border_frac) for pose in found]
            poses = tracks.ordered(found)
            diff = tally.see(frame, bool(poses))
            groups.add(frame_rows(frame, poses, diff, params, trackers))

        _beside(write, seen())
        groups.finish()
        if tally.n_frames == 0:
            raise VideoError(f"{video}: holds no decodable frame")
        meta = _clip_meta(video, info, tally, reader, bundle, params, num_poses)
        writer.add_key_value_metadata({_META_KEY: _meta_json(meta)})
    give_back()
    return meta


def _beside(work: Callable[[Frame, T], None], items: Iterable[tuple[Frame, T]]) -> None:
    """Do the work on items in order, in one thread beside the one that makes the items.

    What makes the items comes first: the thread gives way, and OpenCV starts none of its own.
    """
    opencv_threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        _in_a_thread(work, items)
    finally:
        cv2.setNumThreads(opencv_threads)


def _give_way() -> None:
    """Let the calling thread run behind the others, where the system ranks threads."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        urgency = max(os.getpriority(os.PRIO_PROCESS, thread), _LESS_URGENT)
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, urgency)


def _in_a_thread(work: Callable[[Frame, T], None], items: Iterable[tuple[Frame, T]]) -> None:
    with ThreadPoolExecutor(1, "leglift-rows", initializer=_give_way) as pool:
        waiting: deque[Future[None]] = deque()
        for item in items:
            waiting.append(pool.submit(work, *item))
            if len(waiting) > _FRAMES_BEHIND:
                waiting.popleft().result()
        while waiting:
            waiting.popleft().result()


class _Groups:
    """Gathers rows and writes them in groups.

    Every group costs 0.4 MiB for as long as the file is open, for writing or reading: what is known
    of each of its columns. So groups get larger in long clips.
    """

    def __init__(self, writer: pq.ParquetWriter, rows_per_group: int) -> None:
        self._writer, self._few = writer, rows_per_group
        self._rows: list[dict[str, Any]] = []
        self._tables: list[pa.Table] = []
        self._n_groups = 0

    def add(self, rows: list[dict[str, Any]]) -> None:
        self._rows += rows
        if len(self._rows) >= self._few:
            self.add_table(rows_table(self._rows))  # much smaller than the rows
            self._rows = []

    def add_table(self, table: pa.Table) -> None:
        self._tables.append(table)
        if self._n_groups < _SMALL_GROUPS or len(self._tables) == _SMALL_GROUPS:
            self._write()

    def finish(self) -> None:
        """Write what has been held back."""
        self._tables.append(rows_table(self._rows))
        self._write()

    def _write(self) -> None:
        self._writer.write_table(pa.concat_tables(self._tables))
        self._tables = []
        self._n_groups += 1


class _Tally:
    """Counts frames and measures how much the picture changed since the frame before."""

    def __init__(self) -> None:
        self.n_frames = self.n_detected = 0
        self.last_s = 0.0
        self._contrasts = 0.0
        self._thumb: npt.NDArray[np.floating] | None = None

    def see(self, frame: Frame, detected: bool) -> float:
        self.n_frames += 1
        self.n_detected += detected
        self.last_s = frame.time_s
        step = max(1, min(frame.rgb.shape[:2]) // _SAMPLES)
        small = cv2.resize(frame.rgb[::step, ::step], _THUMB, interpolation=cv2.INTER_AREA)
        thumb = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
        before, self._thumb = self._thumb, thumb
        self._contrasts += float(np.ptp(thumb))
        if frame.cut:
            return CUT_THUMB_DIFF
        return float(np.abs(thumb - before).mean()) if before is not None else 0.0

    def complaints(self) -> list[str]:
        """Say that the picture as a whole is dark or hazy: the edge of the back comes out late."""
        contrast = self._contrasts / max(self.n_frames, 1)
        if self.n_detected == 0 or contrast >= _FAINT:
            return []
        return [
            f"the picture is dark or hazy: its contrast is {contrast:.0%} of what it could be, and "
            "the angles may be some degrees off; film in good light, with a clean lens"
        ]


class _Tracks:
    """Keeps each person in the same place of the list from frame to frame, by nearness."""

    def __init__(self, n: int) -> None:
        self._last: list[npt.NDArray[np.float32] | None] = [None] * n

    def ordered(self, poses: list[Pose]) -> list[tuple[int, Pose]]:
        if len(self._last) == 1:
            return [(0, pose) for pose in poses[:1]]
        free = set(range(len(self._last)))
        placed = []
        for pose in poses:
            centre = pose.image[[11, 12, 23, 24], :2].mean(axis=0)
            slot = min(free, key=lambda i: self._distance(i, centre))
            free.discard(slot)
            self._last[slot] = centre
            placed.append((slot, pose))
        return sorted(placed, key=lambda item: item[0])

    def _distance(self, slot: int, centre: npt.NDArray[np.float32]) -> float:
        last = self._last[slot]
        return 0.3 + slot * 1e-3 if last is None else float(np.linalg.norm(last - centre))


def frame_rows(
    frame: Frame,
    poses: Sequence[tuple[int, Pose]],
    thumb_diff: float,
    params: VisionParams,
    trackers: Sequence[TurnTracker],
) -> list[dict[str, Any]]:
    """Rows of one frame for `rows_table`, coordinates in pixels of the video's own upright size.

    `trackers` holds one tracker a person; they remember the frame before.
    """
    common = {
        "frame_idx": frame.frame_idx,
        "time_s": round(frame.time_s, 6),
        "thumb_diff": round(thumb_diff, 4),
    }
    if not poses:
        return [{**common, "track_idx": 0, "detected": False}]
    return [
        {
            **common,
            "track_idx": track,
            "detected": True,
            **_pose_cells(frame, pose, params, trackers[track]),
        }
        for track, pose in poses
    ]


def _pose_cells(
    frame: Frame, pose: Pose, params: VisionParams, tracker: TurnTracker
) -> dict[str, Any]:
    height, width = frame.rgb.shape[:2]
    to_px = np.array([width, height, width, 1], np.float32) / frame.scale**_PIXEL_FIELDS
    landmarks = _rounded(pose.image[:, : len(IMAGE_FIELDS)] * to_px, _STEPS).ravel()[_KEPT]
    rings = mask_to_rings(
        pose.mask, params.contour_tolerance_px * frame.scale, params.min_ring_px * frame.scale
    )
    lumbar, steps = _lumbar_cells(frame, pose, params, tracker)
    return {
        _NUMBERS: np.concatenate([landmarks, lumbar]),
        "rings_px": flatten(
            [_rounded(ring / np.float32(frame.scale), _RING_STEP_PX) for ring in rings]
        ),
        "lumbar_steps": steps,
    }


def _lumbar_cells(
    frame: Frame, pose: Pose, params: VisionParams, tracker: TurnTracker
) -> tuple[npt.NDArray[np.float32], bytes | None]:
    """Refined dorsal edge and turns as one row of numbers, and the brightness steps."""
    height, width = frame.rgb.shape[:2]
    trunk = trunk_of(pose.image[:, :2] * np.array([width, height], np.float32))
    turns = _rounded(tracker.see(frame.rgb, trunk), _TURN_STEP)
    seen = look_at_lumbar(frame.rgb, pose.mask, trunk, params)
    if seen is None:
        return np.concatenate([np.full(len(EDGE_U), np.nan, np.float32), turns]), None
    return np.concatenate([_rounded(seen.edge_norm, _EDGE_STEP), turns]), seen.steps.tobytes()


def _rounded(
    values: npt.NDArray[np.float32], step: npt.NDArray[np.float32] | np.float32
) -> npt.NDArray[np.float32]:
    return np.asarray(np.round(values / step) * step, np.float32)


def rows_table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Rows of `frame_rows` as a table; numbers go in by column, which is quick."""
    nothing = np.full(len(NUMBER_COLUMNS), np.nan, np.float32)
    values = np.array([row.get(_NUMBERS, nothing) for row in rows], np.float32)
    values = values.reshape(len(rows), len(NUMBER_COLUMNS))
    numbers = {
        name: pa.array(values[:, i], pa.float32(), from_pandas=True)
        for i, name in enumerate(NUMBER_COLUMNS)
    }
    others = {
        name: pa.array([row.get(name) for row in rows], SCHEMA.field(name).type)
        for name in SCHEMA.names
        if name not in numbers
    }
    columns = others | numbers
    return pa.table({name: columns[name] for name in SCHEMA.names}, SCHEMA)


@contextmanager
def _table_writer(table: Path) -> Iterator[pq.ParquetWriter]:
    """Write beside the target and rename at the end, so that no half table is ever seen."""
    part = table.with_name(table.name + ".part")
    try:
        with pq.ParquetWriter(part, SCHEMA, **_STORAGE) as writer:
            yield writer
        part.replace(table)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _clip_meta(
    video: Path,
    info: VideoInfo,
    tally: _Tally,
    reader: FrameReader,
    bundle: PoseBundle,
    params: VisionParams,
    num_poses: int,
) -> ClipMeta:
    spread_s = tally.last_s * tally.n_frames / max(tally.n_frames - 1, 1)
    return ClipMeta(
        source_name=plain(video.name),
        source_sha256=file_sha256(video),
        width_px=info.width_px,
        height_px=info.height_px,
        fps=round(tally.n_frames / spread_s, 3) if spread_s else info.fps,
        rotation_deg=info.rotation_deg,
        duration_s=round(spread_s, 3),
        n_frames=tally.n_frames,
        n_detected=tally.n_detected,
        codec=info.codec,
        damaged_at_s=reader.damaged_at_s,
        pose_variant=bundle.variant,
        pose_sha256=bundle.sha256,
        params_sha256=params_sha256(params),
        num_poses=num_poses,
        versions={name: version(name) for name in ("leglift", "mediapipe", "av")},
        complaints=[*reader.complaints, *tally.complaints()],
    )


def _meta_json(meta: ClipMeta) -> str:
    said = asdict(meta)
    if not meta.complaints:  # the tables of whole files stay what they were
        del said["complaints"]
    return json.dumps(said, sort_keys=True)


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
        raw = pq.read_schema(table).metadata
        meta = dict(pq.read_metadata(table).metadata or {}) | dict(raw or {})
        return TypeAdapter(ClipMeta).validate_json(meta[_META_KEY])


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
    if len(times) and not 0 <= times[0] <= times[-1] <= _LONGEST_S:
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
            frames, tracks, seen = (
                batch.column(name).to_numpy(zero_copy_only=False) for name in columns[:3]
            )
            own = seen.astype(bool) & (tracks == track_idx)
            for frame_idx, rings, wanted in zip(
                frames.tolist(), _rings_of(batch.column("rings_px")), own, strict=True
            ):
                if wanted:
                    if any(len(ring) < 3 or not np.isfinite(ring).all() for ring in rings):
                        raise ValueError("an outline without corners")
                    yield frame_idx, rings
    give_back()


def _rings_of(column: pa.ListArray) -> Iterator[list[Ring]]:
    """Rings of every row as views of the column's own numbers: as Python lists they are large."""
    inner = column.values  # noqa: PD011 (pyarrow's)
    ends = inner.offsets.to_numpy()
    numbers = inner.values.to_numpy(zero_copy_only=False)  # noqa: PD011
    for first, last in pairwise(column.offsets.to_pylist()):
        yield [numbers[a:b].reshape(-1, 2) for a, b in pairwise(ends[first : last + 1].tolist())]
