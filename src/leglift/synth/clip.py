"""One sample to one video: body, motion, camera and looks in, frames and their truth out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from leglift.synth.actor import Actor, body_mesh, make_actor, pose_at, posed_surface
from leglift.synth.motion import Motion, make_motion
from leglift.synth.pose import Posed
from leglift.synth.renderer import Renderer
from leglift.synth.room import room_meshes
from leglift.synth.sample import Recording, Sample
from leglift.synth.scene import Camera
from leglift.synth.truth import frame_truth

Pixels = NDArray[np.uint8]


def render(sample: Sample, actor: Actor, motion: Motion) -> Iterator[tuple[Pixels, dict[str, Any]]]:
    """Picture (height, width, 3) and truth of every frame."""
    renderer = Renderer(
        sample.camera, sample.light, body_mesh(actor),
        room_meshes(sample.room, sample.camera), sample.recording.samples,
    )  # fmt: skip
    recorder = _Recorder(sample.recording, picture_shape(sample.camera), sample.seed + 1)
    try:
        for i in range(len(motion.time_s)):
            posed = pose_at(sample, actor, motion, i)
            picture = _exposed(sample, actor, motion, i, posed, renderer)
            yield recorder(picture), frame_truth(sample, actor, motion, i, posed)
    finally:
        renderer.close()


def picture_shape(camera: Camera) -> tuple[int, int]:
    """Height and width in pixels."""
    return camera.height_px, camera.width_px


def _exposed(
    sample: Sample, actor: Actor, motion: Motion, i: int, posed: Posed, renderer: Renderer
) -> Pixels:
    """One frame, averaged over the time the shutter is open."""
    count = sample.recording.blur_pictures
    if count == 1:
        return renderer.draw(*posed_surface(sample, actor, posed))
    times = i + sample.recording.shutter_frac * (np.arange(count) / (count - 1) - 0.5)
    poses = (pose_at(sample, actor, motion, t) for t in times)
    pictures = [renderer.draw(*posed_surface(sample, actor, p)) for p in poses]
    averaged: Pixels = np.asarray(np.mean(pictures, axis=0, dtype=np.float32), dtype=np.uint8)
    return averaged


class _Recorder:
    """Lens blur and sensor noise, with the same grain for all channels, as after a denoiser.

    The grain is cut at a random place from one larger field: drawing a new one for every frame
    would take as long as rendering it.
    """

    def __init__(self, recording: Recording, shape: tuple[int, int], seed: int) -> None:
        self.rng, self.recording, self.shape = np.random.default_rng(seed), recording, shape
        field = self.rng.normal(0.0, recording.noise, (shape[0] + 128, shape[1] + 128))
        grain = np.repeat(np.round(field)[:, :, None], 3, axis=2)
        # Two unsigned fields: adding one and taking off the other is quicker than mixed types.
        self.lighter = np.clip(grain, 0, 255).astype(np.uint8)
        self.darker = np.clip(-grain, 0, 255).astype(np.uint8)

    def __call__(self, picture: Pixels) -> Pixels:
        import cv2

        if self.recording.lens_blur_px > 0:
            blurred = cv2.GaussianBlur(picture, (0, 0), self.recording.lens_blur_px)
            picture = np.asarray(blurred, dtype=np.uint8)
        if self.recording.noise == 0:
            return picture
        y, x = self.rng.integers(0, 128, 2)
        cut = np.s_[y : y + self.shape[0], x : x + self.shape[1]]
        noisy = cv2.subtract(cv2.add(picture, self.lighter[cut]), self.darker[cut])
        return np.asarray(noisy, dtype=np.uint8)


def write_clip(sample: Sample, path: Path) -> pd.DataFrame:
    """Render a sample into an H.264 file; the truth per frame comes back."""
    import av

    actor = make_actor(sample)
    motion = make_motion(sample.programme, sample.seed)
    rows = []
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=round(sample.programme.fps))
        stream.width, stream.height = sample.camera.width_px, sample.camera.height_px
        stream.pix_fmt = "yuv420p"
        # With its macroblock tree x264 gives other bytes each time on processors with AVX-512.
        stream.options = {
            "crf": str(sample.recording.crf),
            "preset": "veryfast",
            "threads": "1",
            "x264-params": "mbtree=0",
        }
        for picture, row in render(sample, actor, motion):
            rows.append(row)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return pd.DataFrame(rows)
