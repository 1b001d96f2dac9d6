"""The trunk's outline along the shoulder-hip axis: the only place where the lower back shows.

The landmark model has no point between shoulder and hip, so the back is read off the silhouette.
Along the trunk (u = 0 shoulder, 1 hip) the outline has a dorsal side (towards the floor) and a
ventral side. The body rests on buttocks and upper back; the *support line* is the lower hull of
the dorsal outline, and the *lumbar gap* is how far the outline lies above it in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.motion.geometry import ShotView, body_points
from leglift.motion.signals import Flags, Floats
from leglift.params import BackParams
from leglift.vision.table import Ring

AXIS_U = np.round(np.arange(-0.10, 1.301, 0.05), 2)
"""Stations along the trunk, 0 = shoulder, 1 = hip, past both ends to see what the body rests on."""

PROFILE_COLUMNS = ["gap_norm", "gap_mean_norm", "support_deg", "belly_norm"]
"""Heights are in trunk lengths above the shoulder-hip axis."""

_MIN_BASE_U = 0.5
_BUTTOCKS_U = 1.0
_FLAT_NORM = 0.01
_ARM_BAND_NORM = (-0.40, 0.06)
_HAND_BEYOND_WRIST = 0.4


def outline(
    rings: Sequence[npt.NDArray[np.floating]], shoulder: Floats, hip: Floats
) -> tuple[Floats, Floats]:
    """Dorsal and ventral height of the silhouette at the stations `AXIS_U`.

    `rings`, `shoulder` and `hip` are in the body frame (y up). Returns two arrays of shape
    (len(AXIS_U),) in the body frame's unit, NaN where the axis is outside the silhouette.
    """
    axis = hip - shoulder
    length = float(np.hypot(*axis))
    if not rings or not length > 0:
        return np.full(len(AXIS_U), np.nan), np.full(len(AXIS_U), np.nan)
    along, up = axis / length, np.array([-axis[1], axis[0]]) / length
    turned = (np.concatenate(rings) - shoulder) @ np.column_stack([along / length, up])
    after = np.arange(1, len(turned) + 1)
    ring_ends = np.cumsum([len(ring) for ring in rings])
    after[ring_ends - 1] = [0, *ring_ends[:-1]]
    return _around_axis(turned, turned[after])


def _around_axis(starts: Floats, ends: Floats) -> tuple[Floats, Floats]:
    """Nearest outline crossings below and above the axis at every station."""
    crosses = (starts[:, :1] <= AXIS_U) != (ends[:, :1] <= AXIS_U)
    edge, station = np.nonzero(crosses)
    (u0, height0), (u1, height1) = starts[edge].T, ends[edge].T
    height = height0 + (AXIS_U[station] - u0) / (u1 - u0) * (height1 - height0)
    over = height > 0
    below, above = np.full(len(AXIS_U), -np.inf), np.full(len(AXIS_U), np.inf)
    np.maximum.at(below, station[~over], height[~over])
    np.minimum.at(above, station[over], height[over])
    inside = np.bincount(station[over], minlength=len(AXIS_U)) % 2 == 1
    return np.where(inside, below, np.nan), np.where(inside, above, np.nan)


def lower_hull(u: Floats, height: Floats) -> list[int]:
    """Find the indices of the lower convex hull of a curve with increasing `u` (monotone chain)."""
    hull: list[int] = []
    x, y = u.tolist(), height.tolist()  # one by one, Python's own numbers are quicker
    for i in range(len(x)):
        while len(hull) >= 2:
            a, b = hull[-2], hull[-1]
            turn = (x[b] - x[a]) * (y[i] - y[a]) - (y[b] - y[a]) * (x[i] - x[a])
            if turn > 0:
                break
            hull.pop()
        hull.append(i)
    return hull


def lumbar_window(params: BackParams) -> Flags:
    """Mark which stations of `AXIS_U` are the lower back."""
    from_start = params.lumbar_from - 1e-9 <= AXIS_U
    return np.asarray(from_start & (params.lumbar_to + 1e-9 >= AXIS_U))


def measure(dorsal: Floats, ventral: Floats, params: BackParams) -> dict[str, float]:
    """Gap, support line and belly height of one outline; NaN where the outline is broken."""
    ok = np.isfinite(dorsal)
    lumbar = lumbar_window(params)
    upper_back, buttocks = ok[: int(np.argmax(lumbar))], ok[AXIS_U >= _BUTTOCKS_U]
    if not (ok[lumbar].all() and upper_back.any() and buttocks.any()):
        return dict.fromkeys(PROFILE_COLUMNS, np.nan)
    u, height = AXIS_U[ok], dorsal[ok]
    hull = lower_hull(u, height)
    line = np.interp(AXIS_U[lumbar], u[hull], height[hull])
    gap = dorsal[lumbar] - line
    middle = (params.lumbar_from + params.lumbar_to) / 2
    before, after = _support_ends(u, height, hull, middle)
    base = float(u[after] - u[before])
    slope = (height[after] - height[before]) / base if base > 0 else np.nan
    return {
        "gap_norm": float(gap.max()),
        "gap_mean_norm": float(gap.mean()),
        "support_deg": float(np.degrees(np.arctan(slope))) if base >= _MIN_BASE_U else np.nan,
        "belly_norm": float(ventral[lumbar].mean()),
    }


def _support_ends(u: Floats, height: Floats, hull: list[int], middle: float) -> tuple[int, int]:
    """Find the ends of the hull's edge below `middle`, lengthened over corners that are hardly any.

    Where the body lies flat, noise breaks the hull into short edges of nearly one direction.
    """
    right = next((i for i, k in enumerate(hull) if u[k] >= middle), len(hull) - 1)
    left = max(right - 1, 0)
    x, y = u[hull].tolist(), height[hull].tolist()
    spans = [(a, b) for a in range(left + 1) for b in range(right, len(hull))]
    spans.sort(key=lambda span: x[span[1]] - x[span[0]], reverse=True)
    a, b = next(
        (a, b) for a, b in spans if b - a <= 1 or _depth(x[a : b + 1], y[a : b + 1]) <= _FLAT_NORM
    )
    return hull[a], hull[b]


def _depth(u: list[float], height: list[float]) -> float:
    """How far a convex curve sags below its chord."""
    slope = (height[-1] - height[0]) / (u[-1] - u[0])
    return max(height[0] + slope * (x - u[0]) - y for x, y in zip(u, height, strict=True))


def profile_table(
    frames_rings: Iterable[tuple[int, list[Ring]]],
    frames: pd.DataFrame,
    views: dict[int, ShotView],
    params: BackParams,
) -> pd.DataFrame:
    """`PROFILE_COLUMNS` of every frame, by `frame_idx`; NaN without a silhouette or a view.

    `frames_rings` are `(frame_idx, rings in pixels)`, read once and in order; `frames` has a row a
    frame with its `shot_idx` and the landmarks.
    """
    shots = frames["shot_idx"].to_numpy()
    ends = np.full((len(frames), 2, 2), np.nan)
    for shot, view in views.items():
        body = body_points(frames[shots == shot], view, ("shoulder", "hip"))
        ends[shots == shot] = np.stack([body["near_shoulder"], body["near_hip"]], axis=1)
    index = pd.Index(frames["frame_idx"], name="frame_idx")
    values = np.full((len(frames), len(PROFILE_COLUMNS)), np.nan)
    for frame_idx, rings in frames_rings:
        i = index.get_loc(frame_idx)
        if shots[i] not in views:
            continue
        shoulder, hip = ends[i]
        outlines = outline(views[shots[i]].rings_to_body(rings), shoulder, hip)
        measured = measure(*outlines, params)
        tilt = np.degrees(np.arctan2(*(hip - shoulder)[::-1]))
        measured["support_deg"] += float(tilt)  # from the trunk axis to the body frame
        values[i] = list(measured.values())
    return pd.DataFrame(values, index, PROFILE_COLUMNS)


def arm_cover_frac(body: dict[str, Floats], params: BackParams) -> Floats:
    """Share (n,) of the lumbar window that the near arm hides from the camera.

    The arm is the line shoulder, elbow, wrist and on to the fingers. It hides a station of the
    trunk axis where it lies on the dorsal half of the trunk or just below it.
    """
    shoulder, elbow, wrist, hip = (
        body[f"near_{part}"] for part in ("shoulder", "elbow", "wrist", "hip")
    )
    axis = hip - shoulder
    length = np.linalg.norm(axis, axis=1)
    length[length == 0] = np.nan
    along, up = (
        way / length[:, None] for way in (axis, np.column_stack([-axis[:, 1], axis[:, 0]]))
    )
    fingers = wrist + _HAND_BEYOND_WRIST * (wrist - elbow)
    window = AXIS_U[lumbar_window(params)]
    hidden = np.zeros((len(axis), len(window)), bool)
    for start, end in ((shoulder, elbow), (elbow, fingers)):
        for step in np.linspace(0, 1, 25):
            place = start + step * (end - start) - shoulder
            u, v = (place * along).sum(axis=1) / length, (place * up).sum(axis=1)
            beside = (v > _ARM_BAND_NORM[0]) & (v < _ARM_BAND_NORM[1])
            hidden |= (np.abs(u[:, None] - window) <= 0.04) & beside[:, None]
    return np.where(np.isfinite(length), hidden.mean(axis=1), np.nan)
