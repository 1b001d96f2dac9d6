"""Films in HDR shown as any screen would: the pose model has learned from ordinary pictures only.

The levels of such a film say light in another way (PQ: SMPTE ST 2084, HLG: ARIB STD-B67). Taken as
they are they show a dull and greyish picture, and the outline of the body comes out otherwise.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

PQ, HLG = 16, 18
"""Transfer curves as FFmpeg numbers them (ITU-T H.273)."""

_WHITE_NITS = 203.0  # white of a page (ITU-R BT.2408); lamps and the sky are brighter
_PEAK_NITS = 1000.0  # HLG's screen (ITU-R BT.2100), for which its gamma is 1.2
_HLG_GAMMA = 1.2
_KNEE = 0.8  # light over this share of white is drawn together rather than cut off


def as_on_a_screen(rgb: Rgb, transfer: int) -> Rgb:
    """Turn decoded levels of an HDR film into sRGB; a film with any other transfer stays as it is.

    Colours stay a little paler than they were: the wider primaries are not turned back.
    """
    if transfer not in (PQ, HLG):
        return rgb
    return np.asarray(cv2.LUT(rgb, _levels(transfer)), np.uint8)


@cache
def _levels(transfer: int) -> Rgb:
    """Level in sRGB (256,) for each level of an HDR film."""
    signal = np.arange(256) / 255
    nits = _pq_nits(signal) if transfer == PQ else _hlg_nits(signal)
    light = nits / _WHITE_NITS
    room = 1 - _KNEE
    eased = _KNEE + room * (1 - np.exp(-np.maximum(light - _KNEE, 0) / room))
    return np.round(255 * _srgb(np.where(light > _KNEE, eased, light))).astype(np.uint8)


def _pq_nits(signal: Floats) -> Floats:
    root = signal ** (1 / 78.84375)
    ratio = np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)
    return np.asarray(10_000 * ratio ** (1 / 0.1593017578125))


def _hlg_nits(signal: Floats) -> Floats:
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    return np.asarray(_PEAK_NITS * scene**_HLG_GAMMA)


def _srgb(light: Floats) -> Floats:
    """Level of light, both 0..1 (IEC 61966-2-1)."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
