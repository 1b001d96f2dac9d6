"""The dresses: one clip in the files that phones, editors and messengers would make of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import cv2
from dressing import (
    CLEAR,
    as_hdr,
    at_rate,
    barred,
    changed,
    encoded,
    flattened,
    grey,
    hlg_of,
    holed,
    lit,
    noisy,
    pq_of,
    repacked,
    resized,
    rolled,
    turned,
    uneven,
    woven,
)

from leglift.vision.video import AS_IT_COMES, Reading

REFUSED, MIRRORED = "refused", "mirrored"
QUARTERS = (90, 180, 270)
BT2020_PQ, BT2020_HLG = (9, 1, 9, 16), (9, 1, 9, 18)
FULL_601, LIMITED_709 = (5, 2, 5, 6), (1, 1, 1, 1)
WRAP_S = 2**33 / 90_000  # where the clock of a transport stream starts anew
SMALL_MB = {"preset": "veryfast", "profile": "baseline"}


@dataclass(frozen=True)
class Dress:
    """How a file is made, and what is asked of its reader.

    `expects` is empty where the clip must be read as the plain one is; REFUSED where the reader
    must say what to do instead, and MIRRORED where the other side is towards the camera.
    """

    name: str
    suffix: str
    write: Callable[[Path], Path]
    reading: Reading = AS_IT_COMES
    expects: str = ""


def dressed(name: str, *changes: Callable, suffix: str = ".mp4", **how) -> Dress:
    """Change the pictures and encode them."""
    reading, expects = how.pop("reading", AS_IT_COMES), how.pop("expects", "")
    make = lambda path: encoded(path, changed(*changes), **how)  # noqa: E731 (read when written)
    return Dress(name, suffix, make, reading, expects)


def coded(name: str, suffix: str, codec: str, pix_fmt: str = "yuv420p", **options: str) -> Dress:
    """Encode the pictures as they are with another codec."""
    return Dress(name, suffix, lambda path: encoded(path, None, codec, pix_fmt, options or CLEAR))


def tagged(name: str, deg: int, mirror: bool = False) -> Dress:
    """Store them turned by `deg`, with the tag that turns it back; mirrored where asked for."""
    return dressed(name, turned(-deg), tag=(deg, mirror), expects=MIRRORED if mirror else "")


def paced(fps: float) -> Dress:
    """Show them so many times a second."""
    return Dress(
        f"{fps} frames a second", ".mp4", lambda path: encoded(path, at_rate(fps), fps=fps)
    )


TURNED = [
    *(tagged(f"rotated {deg} by tag", deg) for deg in QUARTERS),
    *(dressed(f"rotated {deg} in its pixels", turned(-deg), expects=REFUSED) for deg in QUARTERS),
    *(
        dressed(
            f"rotated {deg} in its pixels, `--rotate {360 - deg}`",
            turned(-deg),
            reading=Reading(rotate_deg=360 - deg),
        )
        for deg in QUARTERS
    ),
    dressed("mirrored", lambda rgb: cv2.flip(rgb, 1), expects=MIRRORED),
    tagged("mirrored by tag, as front cameras do", 0, mirror=True),
    dressed("camera rolled by 5 deg", rolled(5)),
    dressed("camera rolled by 5 deg the other way", rolled(-5)),
    dressed("camera rolled by 10 deg", rolled(10)),
]

FRAMED = [
    dressed("letterbox, 4:3", barred(80, 0)),
    dressed("pillarbox, 2.4:1", barred(0, 149)),
    dressed("landscape in an upright frame, 9:16", barred(520, 0), resized(480, 854)),
    dressed("pixels 4:3", resized(640, 480), pixel_shape=Fraction(854, 640)),
    dressed("pixels 12:11", resized(782, 480), pixel_shape=Fraction(12, 11)),
    dressed(
        "pixels 4:3, rotated 90 by tag",
        turned(-90),
        resized(480, 640),
        tag=(90, False),
        pixel_shape=Fraction(640, 854),
    ),
]

SIZES = [
    dressed("240p", resized(426, 240)),
    dressed("360p", resized(640, 360)),
    dressed("720p", resized(1280, 720)),
    dressed("1080p", resized(1920, 1080)),
    dressed("4K", resized(3840, 2160), options={"crf": "20", "preset": "ultrafast"}),
    dressed(
        "a messenger's: 424 x 240, 60 kbit/s", resized(424, 240),
        options={**SMALL_MB, "b": "60000", "maxrate": "80000", "bufsize": "80000"},
    ),
    dressed(
        "a messenger's, passed on: 320 x 180, 30 kbit/s", resized(320, 180),
        options={**SMALL_MB, "b": "30000", "maxrate": "40000", "bufsize": "40000"},
    ),
]  # fmt: skip

CODECS = [
    coded("H.264, 4:4:4", ".mp4", "libx264", "yuv444p"),
    coded("H.264, 10 bits", ".mp4", "libx264", "yuv420p10le"),
    coded("HEVC", ".mp4", "libx265", **CLEAR),
    coded("HEVC, 10 bits", ".mov", "libx265", "yuv420p10le", **CLEAR),
    coded("VP8", ".webm", "libvpx", b="2000000", deadline="realtime", **{"cpu-used": "8"}),
    coded("VP9", ".webm", "libvpx-vp9", crf="20", deadline="realtime", **{"cpu-used": "8"}),
    coded("AV1", ".mp4", "libsvtav1", crf="25", preset="11"),
    coded("ProRes", ".mov", "prores_ks", "yuv422p10le", profile="1"),
    coded("MJPEG", ".avi", "mjpeg", "yuvj420p", qmin="2", qmax="4"),
    coded("MPEG-2", ".mpg", "mpeg2video", b="4000000"),
    coded("MPEG-4", ".avi", "mpeg4", b="4000000"),
    coded("WMV", ".wmv", "wmv2", b="4000000"),
]

LIGHT = [
    dressed("colours tagged BT.709", colour=LIMITED_709),
    dressed("full range, BT.601", pix_fmt="yuvj420p", colour=FULL_601),
    *(
        dressed(
            f"HDR, {name}", as_hdr(curve), suffix=".mov", codec="libx265",
            pix_fmt="yuv420p10le", layout="rgb48le", colour=colour,
        )
        for name, curve, colour in (
            ("PQ", pq_of, BT2020_PQ),
            ("HLG, as phones film", hlg_of, BT2020_HLG),
        )
    ),
    dressed("grey", grey),
    dressed("dark: a quarter of the light", lit(0.25)),
    dressed("very dark: a 16th of the light", lit(1 / 16)),
    dressed("dark and noisy", lit(0.12), noisy(8)),
    dressed("bright: twice the light", lit(2)),
    dressed("hazy: half the contrast", flattened(0.5)),
    dressed("very hazy: a fifth of the contrast", flattened(0.2)),
    dressed("noisy", noisy(12)),
]  # fmt: skip

CLOCKS = [
    *(paced(fps) for fps in (15, 24, 25, 50, 60, 120, 240)),
    Dress("variable rate, a third of the frames missing", ".mp4", lambda p: encoded(p, uneven())),
    Dress(
        "interlaced", ".ts",
        lambda p: encoded(p, woven(), options={**CLEAR, "x264-params": "tff=1"}),
    ),
    Dress(
        "edit list that cuts off the first 2 s", ".mp4",
        partial(repacked, shift_s=-2.0, container={"avoid_negative_ts": "disabled"}),
    ),
    Dress("edit list that starts 3 s late", ".mov", partial(repacked, shift_s=3.0)),
    Dress(
        "clock that wraps round: negative start time", ".ts",
        partial(repacked, shift_s=WRAP_S - 1),
    ),
    Dress("starts at 26 h", ".ts", partial(repacked, shift_s=26 * 3600.0)),
]  # fmt: skip

FILES = [
    *(Dress(f"packed as {s[1:]}", s, repacked) for s in (".mkv", ".mov", ".ts", ".flv", ".3gp")),
    dressed("packed as avi", suffix=".avi"),
    Dress(
        "fragmented, as streamed", ".mp4",
        partial(repacked, container={"movflags": "frag_keyframe+empty_moov"}),
    ),
    dressed("sound track first", sound=True),
    dressed("B-frames", options={"crf": "14", "preset": "veryfast", "bf": "3"}),
    Dress("damaged: a hole of 2 kB", ".mp4", holed),
]  # fmt: skip

DRESSES = [*TURNED, *FRAMED, *SIZES, *CODECS, *LIGHT, *CLOCKS, *FILES]
