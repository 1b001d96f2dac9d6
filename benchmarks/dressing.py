"""How the demo clip is dressed: its pictures changed, put on another clock, written to other files.

Pictures come one at a time, as `(seconds, RGB)`; nothing holds a whole clip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

DEMO = Path(__file__).parents[1] / "data" / "demo" / "leg_lifts.mp4"
TICKS_HZ = 90_000
CLEAR = {"crf": "12", "preset": "ultrafast"}
"""Near to lossless: what such a file is read otherwise by is not the encoder's doing."""

EVEN = (".avi", ".mpg", ".wmv")
"""Files that count frames instead of timing them: their clock ticks once a frame."""

Rgb = npt.NDArray[np.integer]
Floats = npt.NDArray[np.float64]
Picture = tuple[float, Rgb]
Change = Callable[[Rgb], Rgb]


# --- pictures ------------------------------------------------------------------------------------


def pictures() -> Iterator[Picture]:
    """Decode the demo clip."""
    with av.open(str(DEMO)) as video:
        for frame in video.decode(video=0):
            yield float(frame.time), frame.to_ndarray(format="rgb24")


def changed(*changes: Change) -> Iterator[Picture]:
    """Give the demo's pictures after one change or several."""
    for time_s, rgb in pictures():
        for change in changes:
            rgb = change(rgb)
        yield time_s, np.ascontiguousarray(rgb)


def turned(deg: int) -> Change:
    """Quarter turns, counter-clockwise."""
    return lambda rgb: np.rot90(rgb, deg // 90)


def resized(width: int, height: int) -> Change:
    """Another size, proportions free."""
    how = cv2.INTER_AREA if width < 854 else cv2.INTER_CUBIC
    return lambda rgb: cv2.resize(rgb, (width, height), interpolation=how)


def barred(above: int, beside: int) -> Change:
    """Black bars above and below, left and right, pixels each."""
    return lambda rgb: np.pad(rgb, ((above, above), (beside, beside), (0, 0)))


def rolled(deg: float) -> Change:
    """Roll the camera: the picture turns about its middle, and its border is drawn out."""

    def roll(rgb: Rgb) -> Rgb:
        height, width = rgb.shape[:2]
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), deg, 1.0)
        return cv2.warpAffine(
            rgb, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )

    return roll


def grey(rgb: Rgb) -> Rgb:
    """Take out the colours."""
    return np.repeat(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)


def lit(times: float) -> Change:
    """So many times the light on the sensor; what is too bright is cut off."""
    linear = np.clip(linear_of(np.arange(256) / 255) * times, 0, 1)
    curve = np.round(255 * srgb_of(linear)).astype(np.uint8)
    return lambda rgb: curve[rgb]


def noisy(level: float) -> Change:
    """Add a sensor's noise, new in every picture, in levels of 255."""
    rng = np.random.default_rng(5)
    return lambda rgb: np.clip(rgb + rng.normal(0, level, rgb.shape), 0, 255).astype(np.uint8)


def flattened(contrast: float) -> Change:
    """Draw all levels towards the middle grey, as haze or a backlight does."""
    curve = np.round(128 + contrast * (np.arange(256) - 128.0)).astype(np.uint8)
    return lambda rgb: curve[rgb]


# --- light ---------------------------------------------------------------------------------------


def linear_of(srgb: Floats) -> Floats:
    """Light of sRGB levels, both 0..1 (IEC 61966-2-1)."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def srgb_of(linear: Floats) -> Floats:
    """Level in sRGB of light, both 0..1."""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def pq_of(linear: Floats) -> Floats:
    """Level in PQ (SMPTE ST 2084) of light in which white has 203 cd/m2 (ITU-R BT.2408)."""
    y = (linear * 203 / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375


def hlg_of(linear: Floats) -> Floats:
    """Level in HLG (ARIB STD-B67) of light in which white has 203 cd/m2 of a screen's 1000."""
    scene = (0.203 * linear) ** (1 / 1.2)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(
        scene <= 1 / 12, np.sqrt(3 * scene), a * np.log(np.maximum(12 * scene - b, 1e-6)) + c
    )


_TO_2020 = np.array(
    [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]], np.float32
)


def as_hdr(curve: Callable[[Floats], Floats]) -> Change:
    """Turn sRGB into 16 bits of BT.2020 with a transfer curve."""
    linear = linear_of(np.arange(256) / 255).astype(np.float32)
    levels = np.round(65535 * curve(np.linspace(0, 1, 65536))).astype(np.uint16)

    def turn(rgb: Rgb) -> Rgb:
        light = cv2.transform(linear[rgb], _TO_2020)
        return levels[np.clip(light * 65535, 0, 65535).astype(np.uint16)]

    return turn


# --- clocks --------------------------------------------------------------------------------------


def at_rate(fps: float) -> Iterator[Picture]:
    """Another rate as converters make it: every moment shows the last picture before it."""
    count = 0
    for (now_s, rgb), (next_s, _) in pairwise(pictures()):
        while count / fps < next_s - 1e-6:
            if count / fps >= now_s - 1e-6:
                yield count / fps, rgb
            count += 1


def uneven() -> Iterator[Picture]:
    """Leave out a third of the pictures, and let times tremble, as a phone's clock does."""
    rng = np.random.default_rng(4)
    for i, (time_s, rgb) in enumerate(pictures()):
        if i == 0 or rng.random() < 0.7:
            yield time_s + (rng.uniform(0, 0.006) if i else 0.0), rgb


def woven() -> Iterator[Picture]:
    """Interlace: every other line is of half a frame later, as the mean of two frames has it."""
    for (time_s, rgb), (_, later) in pairwise(pictures()):
        frame = rgb.copy()
        frame[1::2] = (rgb[1::2].astype(np.uint16) + later[1::2]) // 2
        yield time_s, frame


# --- files ---------------------------------------------------------------------------------------


def encoded(
    path: Path,
    shown: Iterable[Picture] | None = None,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    options: Mapping[str, str] = CLEAR,
    *,
    fps: float = 30,
    tag: tuple[int, bool] | None = None,
    pixel_shape: Fraction | None = None,
    colour: tuple[int, int, int, int] | None = None,
    layout: str = "rgb24",
    sound: bool = False,
) -> Path:
    """Encode pictures with their own times.

    `tag` is a rotation by which a player turns the picture counter-clockwise, and whether it then
    mirrors it. `colour` is matrix, range, primaries and transfer, as FFmpeg numbers them. With
    `sound` a silent track comes first.
    """
    with av.open(str(path), "w") as out:
        ear = out.add_stream("aac", rate=48_000, layout="mono") if sound else None
        stream = out.add_stream(codec, rate=Fraction(fps).limit_denominator(1001))
        stream.options, stream.pix_fmt = dict(options), pix_fmt
        if path.suffix not in EVEN:
            stream.codec_context.time_base = Fraction(1, TICKS_HZ)
        if pixel_shape:
            stream.codec_context.sample_aspect_ratio = pixel_shape
        if tag:
            stream.set_display_rotation(tag[0], hflip=tag[1])
        if colour:
            _tag_colours(stream.codec_context, colour)
        for i, (time_s, rgb) in enumerate(shown or pictures()):
            if i == 0:
                stream.height, stream.width = rgb.shape[:2]
                out.mux(_silence(ear, 22.0) if ear else [])
            frame = av.VideoFrame.from_ndarray(rgb, layout)
            if colour:
                matrix, levels, *_ = colour
                frame = frame.reformat(
                    format=pix_fmt, dst_colorspace=matrix, dst_color_range=levels
                )
                _tag_colours(frame, colour)
            frame.pts, frame.time_base = round(time_s * TICKS_HZ), Fraction(1, TICKS_HZ)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def _tag_colours(
    tagged: av.VideoCodecContext | av.VideoFrame, colour: tuple[int, int, int, int]
) -> None:
    tagged.colorspace, tagged.color_range, tagged.color_primaries, tagged.color_trc = colour


def _silence(stream: av.AudioStream, seconds: float) -> list[av.Packet]:
    packets = []
    for i in range(round(seconds * 48_000 / 1024)):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, 1024 * i, Fraction(1, 48_000)
        packets += stream.encode(frame)
    return packets + stream.encode(None)


def repacked(path: Path, shift_s: float = 0.0, container: Mapping[str, str] | None = None) -> Path:
    """Copy the demo's packets into another container, all of them so much later."""
    with av.open(str(DEMO)) as given, av.open(str(path), "w", options=dict(container or {})) as out:
        stream = given.streams.video[0]
        copy = out.add_stream_from_template(stream)
        for packet in given.demux(stream):
            if packet.dts is None:
                continue
            packet.pts += round(shift_s / packet.time_base)
            packet.dts += round(shift_s / packet.time_base)
            packet.stream = copy
            out.mux(packet)
    return path


def holed(path: Path) -> Path:
    """Copy the demo file with a hole of zeros in it."""
    data = bytearray(DEMO.read_bytes())
    at = round(len(data) * 0.55)
    data[at : at + 2048] = bytes(2048)
    path.write_bytes(data)
    return path
