"""HDR films are read as a screen shows them."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from leglift.vision.light import HLG, PQ, as_on_a_screen
from leglift.vision.video import FrameReader

WHITE = {PQ: 0.581, HLG: 0.75}  # signal of a page's white, ITU-R BT.2408


def pq_of(light):
    y = (light * 203 / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375


def hlg_of(light):
    scene = (0.203 * light) ** (1 / 1.2)
    high = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), high)


def ramp() -> np.ndarray:
    """Grey from black to white in sRGB, in broad stripes."""
    return np.repeat(np.repeat(np.arange(0, 256, 15, dtype=np.uint8), 8)[None, :, None], 64, 0)


def write_hdr(path: Path, curve, transfer: int) -> Path:
    """Encode the ramp's light with a curve, in 10 bits."""
    srgb = np.repeat(ramp(), 3, axis=2) / 255
    light = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    levels = np.round(65535 * curve(light)).astype(np.uint16)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx265", rate=30, options={"crf": "4"})
        stream.height, stream.width, stream.pix_fmt = *levels.shape[:2], "yuv420p10le"
        stream.codec_context.color_trc = transfer
        for i in range(3):
            frame = av.VideoFrame.from_ndarray(levels, "rgb48le").reformat(format="yuv420p10le")
            frame.color_trc, frame.pts, frame.time_base = transfer, i, Fraction(1, 30)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(("transfer", "curve"), [(PQ, pq_of), (HLG, hlg_of)])
def test_an_hdr_film_is_as_bright_as_the_ordinary_one(tmp_path, transfer, curve):
    path = write_hdr(tmp_path / "a.mov", curve, transfer)
    seen = next(iter(FrameReader(path, 4096))).rgb.astype(int)
    wanted = ramp().astype(int)
    below_the_knee = wanted < 225
    assert np.abs(seen - wanted)[np.broadcast_to(below_the_knee, seen.shape)].max() <= 6
    assert np.abs(seen - wanted).max() <= 16


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_white_is_nearly_white_and_lamps_are_brighter(transfer):
    signal = np.array([0, WHITE[transfer], 0.9, 1.0])
    levels = as_on_a_screen(
        np.round(65535 * signal).astype(np.uint16)[None, :, None].repeat(3, 2), transfer
    )
    black, white, lamp, brightest = levels[0, :, 1].tolist()
    assert black == 0
    assert 235 <= white < 255
    assert white < lamp <= brightest == 255
