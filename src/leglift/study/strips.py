"""A strip for each rep: full-resolution pictures of the trunk that a rater can judge.

The strip shows no model output; its name is an opaque code, and the key lies elsewhere.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.motion.geometry import ShotView
from leglift.params import Params
from leglift.study.clips import SLOW_PX, SlowClip, write_flicker
from leglift.study.crops import (
    CELL_PX,
    WAIST_PX,
    Picture,
    anaglyph,
    captioned,
    cover,
    crop,
    pixelate,
    ruler,
    settle,
    sheet,
    shifted,
    stretch,
)
from leglift.study.strip_moments import (
    HEAD,
    Course,
    Lifter,
    Moment,
    anchors,
    body_box,
    find_lifter,
    flattest_s,
    leg_trace,
    nearest_frame,
    rep_moments,
)
from leglift.vision.video import Frame, FrameReader

Floats = npt.NDArray[np.float64]

Faces = dict[int, tuple[Floats, float]]

FULL_SIZE_PX = 100_000
"""No frame is scaled down while decoding."""

WAIST_NORM = 0.85
"""Width of the magnified waist in trunk lengths."""

KEY_COLUMNS = ["code", "clip_id", "rep", "start_s", "end_s"]
_WAIST_U, _WAIST_V = 0.75, -0.12
_TRUNK_U, _TRUNK_V = 0.60, 0.08
_HEAD_NORM = 0.17
_MAX_WIDEN_DEG = 50.0


def opaque_code(seed: str, clip_id: str, rep: int) -> str:
    """Name of a strip that tells nothing about the clip."""
    return hashlib.sha256(f"{seed}/{clip_id}/{rep}".encode()).hexdigest()[:10]


def reps_to_rate(reps: pd.DataFrame) -> pd.DataFrame:
    """Reps of clips that are used and that lie in a usable window."""
    return reps[(reps["exclusion"] == "") & reps["in_window"]].reset_index(drop=True)


@dataclass(frozen=True)
class Placing:
    """Where the trunk lies in each frame of one shot, steady over the rep.

    `along` is the unit vector shoulder to hip (the rep's median), `up` points away from the
    floor; `trunk_px` is the trunk's length in the picture, `widen` how much wider the crops have to
    be because the camera foreshortens the trunk.
    """

    shoulders: pd.DataFrame
    along: Floats
    up: Floats
    trunk_px: float
    widen: float

    def at(self, frame_idx: int, u: float, v: float) -> Floats:
        """Pixel of a place given in trunk coordinates."""
        place: Floats = self.shoulders.loc[frame_idx].to_numpy(float) + self.trunk_px * (
            u * self.along + v * self.widen * self.up
        )
        return place

    @property
    def trunk_cell_norm(self) -> float:
        """Width of a trunk crop in trunk lengths; larger where the trunk lies aslant."""
        c, s = np.abs(self.along)
        aspect = CELL_PX[0] / CELL_PX[1]
        return self.widen * float(max(1.7 * c + 0.5 * s, aspect * (0.95 * c + 1.1 * s)))

    @property
    def waist_cell_norm(self) -> float:
        """Width of a magnified waist in trunk lengths."""
        return self.widen * WAIST_NORM


def place_trunk(lifter: Lifter, view: ShotView, rep: pd.Series) -> Placing:
    """Work out where to put the crops of one rep."""
    placed = anchors(lifter.frames, view)
    times = lifter.frames.set_index("frame_idx")["time_s"]
    inside = placed[times.between(rep["start_s"], rep["end_s"]).to_numpy()]
    inside = inside if len(inside) else placed
    trunk = inside[["hip_x_px", "hip_y_px"]].to_numpy() - inside[["shoulder_x_px", "shoulder_y_px"]]
    along = np.median(trunk.to_numpy(float), axis=0)
    along = along / np.linalg.norm(along)
    up = np.array([along[1], -along[0]])
    up = up if up[1] <= 0 else -up  # the person lies on the back: away from the floor is up
    shoulders = placed[["shoulder_x_px", "shoulder_y_px"]]
    widen = 1 / np.cos(np.radians(min(view.off_axis_deg, _MAX_WIDEN_DEG)))
    return Placing(shoulders, along, up, view.trunk_px, float(widen))


@dataclass(frozen=True)
class Task:
    """One picture to cut from one frame."""

    code: str
    name: str
    frame_idx: int
    centre_px: Floats
    width_px: float
    size: tuple[int, int]


@dataclass(frozen=True)
class Plan:
    """Everything about one rep's strip that is known before a frame is decoded."""

    code: str
    heading: str
    course: Course
    tasks: list[Task]
    placing: Placing
    labels: dict[str, str]


def plan_rep(lifter: Lifter, rep: pd.Series, siblings: pd.DataFrame, code: str) -> Plan | None:
    """Choose moments and crops of one rep; None where its shot or legs are not seen."""
    view = lifter.views.get(int(rep["shot_idx"]))
    trace = leg_trace(lifter.signals, rep)
    if view is None or len(trace) < 3:
        return None
    placing = place_trunk(lifter, view, rep)
    course = _distinct(rep_moments(trace, (rep["hold_start_s"], rep["hold_end_s"])), lifter.frames)
    tasks, labels = _tasks(code, lifter, rep, siblings, placing, course)
    heading = (
        f"{code}   {rep['exercise'].replace('_', ' ')}, moving leg: {rep['leg']}"
        f"   length {rep['end_s'] - rep['start_s']:.2f} s"
        + (f"   angles not passed: {course.not_seen}" if course.not_seen else "")
    )
    return Plan(code, heading, course, tasks, placing, labels)


def _distinct(course: Course, frames: pd.DataFrame) -> Course:
    """Moments with frames of their own; a clip of few frames a second has fewer."""
    kept: dict[int, Moment] = {}
    for moment in sorted(course.moments, key=lambda m: m.phase in ("top", "lowest")):
        frame_idx, time_s = nearest_frame(frames, moment.time_s)
        kept[frame_idx] = replace(moment, time_s=time_s)
    return replace(course, moments=[kept[i] for i in sorted(kept)])


def _tasks(
    code: str,
    lifter: Lifter,
    rep: pd.Series,
    siblings: pd.DataFrame,
    placing: Placing,
    course: Course,
) -> tuple[list[Task], dict[str, str]]:
    """Crops of one rep and the words in their corners."""
    trunk_w, waist_w = (
        norm * placing.trunk_px for norm in (placing.trunk_cell_norm, placing.waist_cell_norm)
    )
    times = {f"trunk{i:02d}": m.time_s for i, m in enumerate(course.moments)}
    waist = waist_moments(course, flattest_s(lifter.signals, siblings))
    times |= {"both0": course.top.time_s, "both1": course.lowest.time_s}
    times |= {name: time_s for name, (time_s, _) in waist.items()}
    labels = {name: text for name, (_, text) in waist.items()}
    for i, m in enumerate(course.moments):
        labels[f"trunk{i:02d}"] = _words(m, rep["start_s"])
    tasks = []
    for name, time_s in times.items():
        frame_idx, _ = nearest_frame(lifter.frames, time_s)
        is_waist = name.startswith("waist")
        u, v, width = (_WAIST_U, _WAIST_V, waist_w) if is_waist else (_TRUNK_U, _TRUNK_V, trunk_w)
        size = WAIST_PX if is_waist else CELL_PX
        tasks.append(Task(code, name, frame_idx, placing.at(frame_idx, u, v), width, size))
    return [*tasks, *_overviews(code, lifter, rep, placing, course)], labels


def _words(moment: Moment, start_s: float) -> str:
    return f"{moment.phase}  {moment.angle_deg:.0f} deg  {moment.time_s - start_s:.2f} s"


def waist_moments(course: Course, flat_s: float) -> dict[str, tuple[float, str]]:
    """Give times and words of the magnified pictures: two references, 30 deg lowering, lowest."""
    top, lowest = course.top, course.lowest
    lowering = [m for m in course.moments if m.phase == "lowering"] or [lowest]
    low30 = min(lowering, key=lambda m: abs(m.angle_deg - 30))
    found = {"waist0": (top.time_s, f"legs high  {top.angle_deg:.0f} deg")}
    if np.isfinite(flat_s):
        found["waist1"] = (flat_s, "flat reference")
    found["waist2"] = (low30.time_s, f"lowering  {low30.angle_deg:.0f} deg")
    found["waist3"] = (lowest.time_s, f"lowest  {lowest.angle_deg:.0f} deg")
    return found


def _overviews(
    code: str, lifter: Lifter, rep: pd.Series, placing: Placing, course: Course
) -> list[Task]:
    """Whole person with legs highest and lowest; a caption elsewhere in the frame stays out."""
    inside = lifter.frames[lifter.frames["time_s"].between(rep["start_s"], rep["end_s"])]
    inside = inside if inside["detected"].any() else lifter.frames
    box = body_box(inside, 0.25 * placing.trunk_px, lifter.size_px)
    width = max(box[2] - box[0], (box[3] - box[1]) * CELL_PX[0] / CELL_PX[1])
    centre = (box[:2] + box[2:]) / 2
    ends = {"over0": course.top, "over1": course.lowest}
    return [
        Task(code, name, nearest_frame(lifter.frames, m.time_s)[0], centre, width, CELL_PX)
        for name, m in ends.items()
    ]


def heads(lifter: Lifter, trunk_px: float) -> Faces:
    """Centre and radius in pixels of the disc that hides the face, by `frame_idx`."""
    x = lifter.frames[[f"{part}_x_px" for part in HEAD]].to_numpy(float)
    y = lifter.frames[[f"{part}_y_px" for part in HEAD]].to_numpy(float)
    centre = np.column_stack([x.mean(axis=1), y.mean(axis=1)])
    spread = np.hypot(x - centre[:, :1], y - centre[:, 1:]).max(axis=1)
    radius = np.clip(1.5 * spread, _HEAD_NORM * trunk_px, 2 * _HEAD_NORM * trunk_px)
    index = lifter.frames["frame_idx"].astype(int)
    return {i: (c, float(r)) for i, c, r in zip(index, centre, radius, strict=True)}


def hidden(frame: Frame, faces: Faces, masks: list[Floats]) -> Picture:
    """Return the frame without captions and without the face."""
    rgb = cover(frame.rgb, masks)
    return pixelate(rgb, *faces[frame.frame_idx]) if frame.frame_idx in faces else rgb


def cut(
    video: Path,
    tasks: list[Task],
    faces: Faces,
    masks: list[Floats],
) -> dict[tuple[str, str], Picture]:
    """Decode a video once and cut every picture that is asked of it, by (code, name)."""
    by_frame: dict[int, list[Task]] = defaultdict(list)
    for task in tasks:
        by_frame[task.frame_idx].append(task)
    pictures = {}
    last = max(by_frame)
    for frame in FrameReader(video, FULL_SIZE_PX):
        if frame.frame_idx in by_frame:
            rgb = hidden(frame, faces, masks)
            for t in by_frame[frame.frame_idx]:
                pictures[t.code, t.name] = crop(rgb, t.centre_px, t.width_px, t.size)
        if frame.frame_idx >= last:
            break
    return pictures


def compose(plan: Plan, pictures: dict[str, Picture]) -> Picture:
    """Lay the pictures of one rep out on its sheet."""
    names = sorted(n for n in plan.labels if n in pictures)
    waist_px = WAIST_PX[0] / plan.placing.waist_cell_norm
    waists = [
        captioned(ruler(stretch(pictures[n]), waist_px), plan.labels[n])
        for n in names
        if n.startswith("waist")
    ]
    trunks = [captioned(pictures[n], plan.labels[n]) for n in names if n.startswith("trunk")]
    overview = [
        captioned(pictures[name], words)
        for name, words in (("over0", "legs highest"), ("over1", "legs lowest"))
        if name in pictures
    ]
    return sheet(
        [
            (plan.heading, [*overview, *_overlays(plan, pictures)]),
            ("waist, magnified, contrast stretched; ruler in % of trunk length", waists),
            ("trunk, seconds from the start of the rep", trunks),
        ]
    )


def _overlays(plan: Plan, pictures: dict[str, Picture]) -> list[Picture]:
    """Legs high (red) and legs lowest (cyan) in one picture, of the trunk and of the waist."""
    if "both0" not in pictures or "both1" not in pictures:
        return []
    top, low = pictures["both0"], pictures["both1"]
    unit_px = CELL_PX[0] / plan.placing.trunk_cell_norm
    window = upper_trunk(plan.placing, unit_px)
    shift = settle(top, low, window)
    shift = shift if np.hypot(*shift) < 0.08 * unit_px else np.zeros(2)
    out = [captioned(anaglyph(top, shifted(low, shift)), "high on lowest: colour = moved")]
    if "waist0" in pictures and "waist3" in pictures:
        zoom = WAIST_PX[0] / plan.placing.waist_cell_norm / unit_px
        spare = (WAIST_PX[1] - CELL_PX[1]) // 2
        both = anaglyph(pictures["waist0"], shifted(pictures["waist3"], shift * zoom))
        both = both[spare : spare + CELL_PX[1]]
        out.append(
            captioned(ruler(both, WAIST_PX[0] / plan.placing.waist_cell_norm), "same, waist")
        )
    return out


def upper_trunk(placing: Placing, unit_px: float) -> npt.NDArray[np.bool_]:
    """Mark the part of a trunk crop around and below the shoulder, which rests on the floor."""
    y, x = np.mgrid[: CELL_PX[1], : CELL_PX[0]]
    offset = np.stack([x - CELL_PX[0] / 2, y - CELL_PX[1] / 2], axis=-1) / unit_px
    u = offset @ placing.along + _TRUNK_U
    v = offset @ placing.up + _TRUNK_V
    return np.asarray((u < 0.4) & (v < 0.3) & (v > -0.45))


def clip_strips(
    video: Path,
    table: Path,
    reps: pd.DataFrame,
    folder: Path,
    seed: str,
    params: Params,
    masks: list[Floats],
    slow: bool = False,
) -> list[dict[str, object]]:
    """Write the strips of one clip's reps, and with `slow` their slow clips.

    Returns the key's rows of the reps whose strips were made.
    """
    lifter = find_lifter(table, params)
    plans = _plans(lifter, reps, seed) if lifter is not None else []
    if lifter is None or not plans:
        return []
    faces = heads(lifter, plans[0][1].placing.trunk_px)
    pictures = cut(video, [task for _, plan in plans for task in plan.tasks], faces, masks)
    for _, plan in plans:
        own = {name: p for (code, name), p in pictures.items() if code == plan.code}
        write_png(folder / f"{plan.code}.png", compose(plan, own))
        if slow:
            write_flicker(folder / f"{plan.code}_flicker.mp4", own["both0"], own["both1"])
    if slow:
        _slow_clips(video, plans, faces, masks, folder)
    return [{"code": plan.code, **{c: rep[c] for c in KEY_COLUMNS[1:]}} for rep, plan in plans]


def _plans(lifter: Lifter, reps: pd.DataFrame, seed: str) -> list[tuple[pd.Series, Plan]]:
    """Plans of the reps whose legs are seen."""
    plans = []
    for _, rep in reps.iterrows():
        same_shot = reps.loc[reps["shot_idx"] == rep["shot_idx"], ["start_s", "end_s"]]
        code = opaque_code(seed, rep["clip_id"], int(rep["rep"]))
        plan = plan_rep(lifter, rep, same_shot, code)
        plans += [(rep, plan)] if plan is not None else []
    return plans


def _slow_clips(
    video: Path,
    plans: list[tuple[pd.Series, Plan]],
    faces: Faces,
    masks: list[Floats],
    folder: Path,
) -> None:
    """Write a slow clip of the trunk for each rep; decodes the video once for all of them."""
    writers = {
        plan.code: SlowClip(folder / f"{plan.code}_slow.mp4", SLOW_PX, rep["start_s"], rep["end_s"])
        for rep, plan in plans
    }
    for frame in FrameReader(video, FULL_SIZE_PX):
        wanted = [plan for _, plan in plans if writers[plan.code].wants(frame.time_s)]
        rgb = hidden(frame, faces, masks) if wanted else frame.rgb
        for plan in wanted:
            placing = plan.placing
            at = placing.at(frame.frame_idx, _TRUNK_U, _TRUNK_V)
            writers[plan.code].add(
                crop(rgb, at, placing.trunk_cell_norm * placing.trunk_px, SLOW_PX), frame.time_s
            )
    for writer in writers.values():
        writer.close()


def write_png(path: Path, rgb: Picture) -> None:
    """Write a picture whole or not at all."""
    done, data = cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    if not done:
        raise OSError(f"{path}: the picture cannot be encoded")
    part = path.with_name(path.name + ".part")
    part.write_bytes(data.tobytes())
    part.replace(path)
