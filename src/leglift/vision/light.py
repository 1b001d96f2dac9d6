"""Films in HDR shown as any screen would: the pose model has learned from ordinary pictures only.

The levels of such a film say light in another way (PQ: SMPTE ST 2084, HLG: ARIB STD-B67). Taken as
they are they show a dull and greyish picture, and the outline of the body comes out otherwise.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Rgb = npt.NDArray[np.uint8]

PQ, HLG = 16, 18
"""Transfer curves as FFmpeg numbers them (ITU-T H.273)."""

_WIDE = 9  # primaries of BT.2020, in the same numbers
_BRIGHTEST = 2**16 - 1
_WHITE_NITS = 203.0  # white of a page (ITU-R BT.2408); lamps and the sky are brighter
_TO_SRGB = np.array(  # ITU-R BT.2087, inverted
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32
)
_KNEE = 0.8  # light over this share of white is drawn together rather than cut off


def as_on_a_screen(levels: npt.NDArray[np.uint16], transfer: int, primaries: int = _WIDE) -> Rgb:
    """Turn decoded levels of an HDR film, 16 bits each, into sRGB.

    `primaries`, like `transfer`, is FFmpeg's number; wide ones are brought to those of sRGB.
    """
    light: npt.NDArray[Any] = _light(transfer)[levels]
    if primaries == _WIDE:
        light = cv2.transform(light, _TO_SRGB)
    return np.asarray(_srgb_levels()[np.clip(light * _BRIGHTEST, 0, _BRIGHTEST).astype(np.uint16)])


@cache
def _light(transfer: int) -> npt.NDArray[np.float32]:
    """Light for each level of an HDR film, 1 at the brightest that a screen shows."""
    signal = np.linspace(0, 1, _BRIGHTEST + 1)
    if transfer == PQ:
        root = signal ** (1 / 78.84375)
        ratio = np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)
        nits = 10_000 * ratio ** (1 / 0.1593017578125)
    else:  # on a screen of 1000 nits (ITU-R BT.2100), for which the gamma is 1.2
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
        nits = 1000.0 * scene**1.2
    light, room = nits / _WHITE_NITS, 1 - _KNEE
    eased = _KNEE + room * (1 - np.exp(-np.maximum(light - _KNEE, 0) / room))
    return np.where(light > _KNEE, eased, light).astype(np.float32)


@cache
def _srgb_levels() -> Rgb:
    """Level in sRGB for evenly spaced light (IEC 61966-2-1)."""
    light = np.linspace(0, 1, _BRIGHTEST + 1)
    level = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(255 * level).astype(np.uint8)
