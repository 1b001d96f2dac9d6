"""One frame's people as cells of the table, rounded to what is more than noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from leglift.params import VisionParams
from leglift.vision.lumbar import look_at_lumbar, trunk_of
from leglift.vision.pose import LANDMARKS, Pose
from leglift.vision.silhouette import mask_to_rings
from leglift.vision.table import EDGE_U, LANDMARK_COLUMNS, NUMBER_COLUMNS, SCHEMA, flatten
from leglift.vision.video import Frame

_ENDINGS = ("_x_px", "_y_px", "_z_px", "_visibility")  # in the order of `Pose.image`
_KEPT = tuple(
    np.transpose(
        [
            (LANDMARKS.index(column.removesuffix(ending)), i)
            for column in LANDMARK_COLUMNS
            for i, ending in enumerate(_ENDINGS)
            if column.endswith(ending)
        ]
    )
)
"""Row and column of `Pose.image` for each of `LANDMARK_COLUMNS`."""

_NUMBERS = "numbers"

# Finer is noise.
_STEPS = np.array([0.05, 0.05, 0.5, 5e-3], np.float32)
_RING_STEP_PX = np.float32(0.25)
_EDGE_STEP = np.float32(1e-3)


def frame_rows(
    frame: Frame,
    poses: Sequence[tuple[int, Pose]],
    thumb_diff: float,
    params: VisionParams,
) -> list[dict[str, Any]]:
    """Rows of one frame for `rows_table`, coordinates in pixels of the video's own upright size."""
    common = {
        "frame_idx": frame.frame_idx,
        "time_s": round(frame.time_s, 6),
        "thumb_diff": round(thumb_diff, 4),
    }
    if not poses:
        return [{**common, "track_idx": 0, "detected": False}]
    return [
        {**common, "track_idx": track, "detected": True, **_pose_cells(frame, pose, params)}
        for track, pose in poses
    ]


def _pose_cells(frame: Frame, pose: Pose, params: VisionParams) -> dict[str, Any]:
    height, width = frame.rgb.shape[:2]
    scale = frame.scale
    to_px = np.array([width, height, width, 1], np.float32)
    to_video_px = to_px / np.array([scale, scale, scale, 1], np.float32)
    landmarks = np.asarray(pose.image * to_video_px, np.float32)
    rings = mask_to_rings(
        pose.mask, params.contour_tolerance_px * scale, params.min_ring_px * scale
    )
    edge, steps = np.full(len(EDGE_U), np.nan, np.float32), None
    seen = look_at_lumbar(frame.rgb, pose.mask, trunk_of(pose.image[:, :2] * to_px[:2]), params)
    if seen is not None:
        edge, steps = _rounded(seen[0], _EDGE_STEP), seen[1].tobytes()
    return {
        _NUMBERS: np.concatenate([_rounded(landmarks, _STEPS)[_KEPT], edge]),
        "rings_px": flatten([_rounded(ring / np.float32(scale), _RING_STEP_PX) for ring in rings]),
        "lumbar_steps": steps,
    }


def _rounded(
    values: npt.NDArray[np.float32], step: npt.NDArray[np.float32] | np.float32
) -> npt.NDArray[np.float32]:
    return np.asarray(np.round(values / step) * step, np.float32)


def rows_table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Rows of `frame_rows` as a table; numbers go in by column, which is quick."""
    nothing = np.full(len(NUMBER_COLUMNS), np.nan, np.float32)
    values = np.array([row.get(_NUMBERS, nothing) for row in rows], np.float32)
    values = values.reshape(len(rows), len(NUMBER_COLUMNS))
    columns: dict[str, Any] = {name: [row.get(name) for row in rows] for name in SCHEMA.names}
    columns |= dict(zip(NUMBER_COLUMNS, values.T, strict=True))
    arrays = [pa.array(columns[field.name], field.type, from_pandas=True) for field in SCHEMA]
    return pa.table(arrays, schema=SCHEMA)
