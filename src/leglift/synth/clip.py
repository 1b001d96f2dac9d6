"""One sample to one video: body, motion, camera and looks in, frames and their truth out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from leglift.synth.actor import Actor, body_mesh, make_actor, pose_at, posed_surface
from leglift.synth.motion import Motion, make_motion
from leglift.synth.pose import Posed
from leglift.synth.renderer import Renderer
from leglift.synth.room import room_meshes
from leglift.synth.sample import Recording, Sample
from leglift.synth.scene import Pixels
from leglift.synth.truth import frame_truth

CODEC = {"preset": "veryfast", "threads": "1"}


def render(actor: Actor, motion: Motion) -> Iterator[tuple[Pixels, Posed]]:
    """Picture (height, width, 3) of every frame, and the pose that it shows."""
    sample, recording = actor.sample, actor.sample.recording
    room = room_meshes(sample.room, sample.camera)
    renderer = Renderer(sample.camera, sample.light, body_mesh(actor), room, recording.samples)
    recorder = _Recorder(recording, renderer.size_px, sample.seed + 1)
    count = recording.blur_pictures  # averaged over the time that the shutter is open
    opened = recording.shutter_frac * (np.arange(count) / max(count - 1, 1) - 0.5)
    try:
        for i in range(len(motion.time_s)):
            posed = pose_at(actor, motion, i)
            if count == 1:
                picture = renderer.draw(*posed_surface(actor, posed))
            else:
                poses = [pose_at(actor, motion, i + shift) for shift in opened]
                pictures = [renderer.draw(*posed_surface(actor, pose)) for pose in poses]
                picture = np.asarray(np.mean(pictures, axis=0, dtype=np.float32), dtype=np.uint8)
            yield recorder(picture), posed
    finally:
        renderer.close()


class _Recorder:
    """Lens blur and sensor noise, with the same grain for all channels, as after a denoiser.

    The grain is cut at a random place from one larger field: drawing a new one for every frame
    would take as long as rendering it.
    """

    def __init__(self, recording: Recording, size_px: tuple[int, int], seed: int) -> None:
        self.rng, self.blur_px = np.random.default_rng(seed), recording.lens_blur_px
        self.width_px, self.height_px = size_px
        shape = (self.height_px + 128, self.width_px + 128)
        field = self.rng.normal(0.0, recording.noise, shape)
        grain = np.repeat(np.round(field)[:, :, None], 3, axis=2)
        # Two unsigned fields: adding one and taking off the other is quicker than mixed types.
        self.lighter = np.clip(grain, 0, 255).astype(np.uint8)
        self.darker = np.clip(-grain, 0, 255).astype(np.uint8)

    def __call__(self, picture: Pixels) -> Pixels:
        if self.blur_px > 0:
            picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), self.blur_px), dtype=np.uint8)
        y, x = self.rng.integers(0, 128, 2)
        cut = np.s_[y : y + self.height_px, x : x + self.width_px]
        noisy = cv2.subtract(cv2.add(picture, self.lighter[cut]), self.darker[cut])
        return np.asarray(noisy, dtype=np.uint8)


def write_film(
    file: Any,
    pictures: Iterable[Pixels],
    fps: int,
    codec: dict[str, str],
    muxer: dict[str, str] | None = None,
    pixels: str = "rgb24",
) -> None:
    """Write pictures (height, width, 3) into an H.264 file; width and height are even."""
    import av

    with av.open(file, "w", format="mp4", options=muxer or {}) as container:
        stream = container.add_stream("libx264", rate=fps, options=codec)
        stream.pix_fmt = "yuv420p"
        for k, picture in enumerate(pictures):
            if k == 0:
                stream.height, stream.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format=pixels)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def write_clip(sample: Sample, path: Path) -> pd.DataFrame:
    """Render a sample into an H.264 file; the truth per frame comes back."""
    actor, motion = make_actor(sample), make_motion(sample.programme, sample.seed)
    rows = []

    def pictures() -> Iterator[Pixels]:
        for i, (picture, posed) in enumerate(render(actor, motion)):
            rows.append(frame_truth(actor, motion, i, posed))
            yield picture

    # With its macroblock tree x264 gives other bytes each time on processors with AVX-512.
    codec = {"crf": str(sample.recording.crf), **CODEC, "x264-params": "mbtree=0"}
    fps = round(sample.programme.fps)
    write_film(str(path), pictures(), fps, codec, muxer={"movflags": "faststart"})
    return pd.DataFrame(rows)
