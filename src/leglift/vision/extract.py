"""One video to one table: landmarks and silhouette of every frame, written as it goes.

Memory stays the same however long the clip is: rows are written in small groups.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from leglift.console import plain
from leglift.errors import VideoError
from leglift.memory import give_back, share_heaps
from leglift.params import VisionParams, file_sha256, params_sha256
from leglift.vision.cells import frame_rows
from leglift.vision.pose import Pose, PoseBundle, detect, open_landmarker, poses_of, without_border
from leglift.vision.table import CUT_THUMB_DIFF, LONGEST_S, META_KEY, ClipMeta
from leglift.vision.video import (
    AS_IT_COMES,
    Frame,
    FrameReader,
    Reading,
    VideoInfo,
    probe,
    read_ahead,
)
from leglift.vision.writing import Groups, table_writer

if TYPE_CHECKING:
    from mediapipe.tasks.python.vision import PoseLandmarkerResult

MAX_PEOPLE = 3
"""Nobody films a set with more people than this close by."""


_FRAMES_BEHIND = 2
_LESS_URGENT = 10  # of 19, as `nice` has it
_THUMB = (32, 18)
_FAINT = 0.2  # of full contrast between parts of the picture; ordinary clips have 0.45 and more
_COLOURLESS = 0.004  # mean spread of red, green, blue; people in white rooms have 0.008 and more
_SAMPLES = 90  # rows and columns are thinned out to about this many before averaging

OnFrame = Callable[[int, float], None]
T = TypeVar("T")


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
    with table_writer(table) as writer, open_landmarker(bundle, params, num_poses) as landmarker:
        tracks = _Tracks(num_poses)
        groups = Groups(writer, params.rows_per_group)

        def seen() -> Iterator[tuple[Frame, PoseLandmarkerResult]]:
            for frame in read_ahead(reader, params.queue_mib):
                if frame.time_s > LONGEST_S:
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
            groups.add(frame_rows(frame, poses, diff, params))

        _beside(write, seen())
        groups.finish()
        if tally.n_frames == 0:
            raise VideoError(f"{video}: holds no decodable frame")
        meta = _clip_meta(video, info, tally, reader, bundle, params, num_poses)
        writer.add_key_value_metadata({META_KEY: _meta_json(meta)})
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


def give_way() -> None:
    """Let the calling thread run behind the others, where the system ranks threads."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        urgency = max(os.getpriority(os.PRIO_PROCESS, thread), _LESS_URGENT)
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, urgency)


def _in_a_thread(work: Callable[[Frame, T], None], items: Iterable[tuple[Frame, T]]) -> None:
    with ThreadPoolExecutor(1, "leglift-rows", initializer=give_way) as pool:
        waiting: deque[Future[None]] = deque()
        for item in items:
            waiting.append(pool.submit(work, *item))
            if len(waiting) > _FRAMES_BEHIND:
                waiting.popleft().result()
        while waiting:
            waiting.popleft().result()


class _Tally:
    """Counts frames and measures how much the picture changed since the frame before."""

    def __init__(self) -> None:
        self.n_frames = self.n_detected = 0
        self.last_s = 0.0
        self._contrasts = self._colours = 0.0
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
        self._colours += float((small.max(axis=2) - small.min(axis=2)).mean()) / 255
        if frame.cut:
            return CUT_THUMB_DIFF
        return float(np.abs(thumb - before).mean()) if before is not None else 0.0

    def complaints(self) -> list[str]:
        """Say of the picture as a whole what makes the edge of the back come out late or soft."""
        contrast, colour = (x / max(self.n_frames, 1) for x in (self._contrasts, self._colours))
        wrong = {
            f"the picture is dark or hazy: its contrast is {contrast:.0%} of what it could be, and "
            "the angles may be some degrees off; film in good light, with a clean lens": (
                contrast < _FAINT
            ),
            "the picture has no colours: the outline of the back is less sure, and the angle at "
            "which it lifts may be far off; film in colour": colour < _COLOURLESS,
        }
        return [said for said, is_so in wrong.items() if is_so and self.n_detected]


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
    fields = asdict(meta)
    if not meta.complaints:  # the tables of whole files stay what they were
        del fields["complaints"]
    return json.dumps(fields, sort_keys=True)
