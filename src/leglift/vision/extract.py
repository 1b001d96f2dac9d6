"""One video to one table: landmarks and silhouette of every frame, written as it goes.

Memory stays the same however long the clip is: rows are written in small groups.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from leglift.console import plain
from leglift.memory import give_back, share_heaps
from leglift.params import VisionParams, file_sha256, params_sha256
from leglift.vision.beside import give_way, in_turn
from leglift.vision.cells import frame_rows
from leglift.vision.pose import Pose, PoseBundle, detect, open_landmarker, poses_of
from leglift.vision.table import CUT_THUMB_DIFF, ClipMeta
from leglift.vision.video import AS_IT_COMES, Frame, FrameReader, Reading, probe, read_ahead
from leglift.vision.writing import table_groups

if TYPE_CHECKING:
    from mediapipe.tasks.python.vision import PoseLandmarkerResult

MAX_PEOPLE = 3
"""Nobody films a set with more people than this close by."""

_FRAMES_BEHIND = 2
_THUMB = (32, 18)
_FAINT = 0.2  # of full contrast between parts of the picture; ordinary clips have 0.45 and more
_COLOURLESS = 0.004  # mean spread of red, green, blue; people in white rooms have 0.008 and more
_SAMPLES = 90  # rows and columns are thinned out to about this many before averaging

OnFrame = Callable[[int, float], None]


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
        The video is missing or cannot be read.
    ModelError
        The pose bundle does not load.
    """
    look = _Look(video, bundle, params, num_poses, on_frame, reading)
    meta = look.write(table)
    if meta.detected_frac >= params.min_found_frac:
        return meta
    again = table.with_name(table.name + ".again")
    try:
        wider = replace(look, border_frac=params.border_frac).write(again)
        if wider.n_detected > meta.n_detected:
            again.replace(table)
            return wider
    finally:
        again.unlink(missing_ok=True)
    return meta


@dataclass(frozen=True)
class _Look:
    """One look at every frame of a video, with a border round them or without."""

    video: Path
    bundle: PoseBundle
    params: VisionParams
    num_poses: int
    on_frame: OnFrame | None
    reading: Reading
    border_frac: float = 0.0

    def write(self, table: Path) -> ClipMeta:
        """Write the table; rows are made in one thread beside the one that asks the pose model.

        The pose model comes first: that thread gives way, and OpenCV starts none of its own.
        """
        share_heaps()
        params, reader = self.params, FrameReader(self.video, self.params.max_side_px, self.reading)
        tally, tracks = _Tally(), _Tracks(self.num_poses)
        with table_groups(table, params.rows_per_group) as groups, ExitStack() as stack:
            stack.callback(cv2.setNumThreads, cv2.getNumThreads())
            cv2.setNumThreads(1)
            landmarker = stack.enter_context(open_landmarker(self.bundle, params, self.num_poses))

            def write(frame: Frame, result: PoseLandmarkerResult) -> Frame:
                poses = tracks.ordered(poses_of(result, frame, self.border_frac))
                groups.add(frame_rows(frame, poses, tally.see(frame, bool(poses)), params))
                return frame

            works = (
                partial(write, frame, detect(landmarker, frame, self.border_frac))
                for frame in read_ahead(reader, params.queue_mib)
            )
            written = in_turn(works, _FRAMES_BEHIND, "leglift-rows", give_way)
            for frame in stack.enter_context(closing(written)):
                if self.on_frame:
                    self.on_frame(frame.frame_idx + 1, frame.time_s)
            meta = self._meta(tally, reader)
            groups.finish(_meta_json(meta))
        give_back()
        return meta

    def _meta(self, tally: _Tally, reader: FrameReader) -> ClipMeta:
        info = probe(self.video, self.reading)
        spread_s = tally.last_s * tally.n_frames / max(tally.n_frames - 1, 1)
        return ClipMeta(
            source_name=plain(self.video.name),
            source_sha256=file_sha256(self.video),
            width_px=info.width_px,
            height_px=info.height_px,
            fps=round(tally.n_frames / spread_s, 3) if spread_s else info.fps,
            rotation_deg=info.rotation_deg,
            duration_s=round(spread_s, 3),
            n_frames=tally.n_frames,
            n_detected=tally.n_detected,
            codec=info.codec,
            damaged_at_s=reader.damaged_at_s,
            pose_variant=self.bundle.variant,
            pose_sha256=self.bundle.sha256,
            params_sha256=params_sha256(self.params),
            num_poses=self.num_poses,
            versions={name: version(name) for name in ("leglift", "mediapipe", "av")},
            complaints=[*reader.complaints, *tally.complaints()],
        )


def _meta_json(meta: ClipMeta) -> str:
    fields = asdict(meta)
    if not meta.complaints:  # the tables of whole files stay what they were
        del fields["complaints"]
    return json.dumps(fields, sort_keys=True)


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
        if not self.n_detected:
            return []
        contrast, colour = self._contrasts / self.n_frames, self._colours / self.n_frames
        said = []
        if contrast < _FAINT:
            said.append(
                f"the picture is dark or hazy: its contrast is {contrast:.0%} of what it could be, "
                "and the angles may be some degrees off; film in good light, with a clean lens"
            )
        if colour < _COLOURLESS:
            said.append(
                "the picture has no colours: the outline of the back is less sure, and the angle "
                "at which it lifts may be far off; film in colour"
            )
        return said


class _Tracks:
    """Keeps each person in the same place of the list from frame to frame, by nearness."""

    def __init__(self, n: int) -> None:
        self._last = np.full((n, 2), np.nan, np.float32)

    def ordered(self, poses: list[Pose]) -> list[tuple[int, Pose]]:
        placed: dict[int, Pose] = {}
        for pose in poses:
            centre = pose.image[[11, 12, 23, 24], :2].mean(axis=0)
            apart = np.linalg.norm(self._last - centre, axis=1)
            apart = np.where(np.isnan(apart), 0.3 + np.arange(len(apart)) * 1e-3, apart)
            apart[list(placed)] = np.inf
            slot = int(apart.argmin())
            self._last[slot], placed[slot] = centre, pose
        return sorted(placed.items(), key=lambda item: item[0])
