"""Sheets that raters look at: single moments with a ruler, and pairs of moments side by side."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np

from leglift.labelling.blinding import CROP_PX, U_SPAN, painted
from leglift.labelling.pictures import Picture, stretch

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_PAPER = 245
_BAR_PX = 24
_GAP_PX = 8
_PERCENT_PX = CROP_PX[0] / (U_SPAN[1] - U_SPAN[0]) / 100
_RULER_PX = 34
_DARK = 60.0


def opaque_code(seed: str, *parts: object) -> str:
    """Name of a picture that tells nothing about what it shows."""
    return hashlib.sha256("/".join([seed, *map(str, parts)]).encode()).hexdigest()[:8]


def moment_cell(picture: Picture, code: str) -> Picture:
    """One blind crop under its code, beside a ruler in % of the trunk's length."""
    return _titled(np.hstack([_ruler(), readable(picture)]), code)


def pair_cell(left: Picture, right: Picture, code: str) -> Picture:
    """Two blind crops of one clip side by side under the pair's code."""
    between = np.full((CROP_PX[1], 3, 3), 255, np.uint8)
    return _titled(np.hstack([readable(left), between, readable(right)]), code)


def readable(picture: Picture) -> Picture:
    """Lift the contrast of dark crops, so that dark on dark shows."""
    return painted(stretch(picture)) if picture.mean() < _DARK else picture


def _titled(picture: Picture, code: str) -> Picture:
    height, width = picture.shape[:2]
    out = np.full((height + _BAR_PX + _GAP_PX, width + _GAP_PX, 3), _PAPER, np.uint8)
    cv2.putText(out, code, (4, _BAR_PX - 6), _FONT, 0.6, (20, 20, 20), 1, cv2.LINE_AA)
    out[_BAR_PX : _BAR_PX + height, :width] = picture
    return out


def _ruler() -> Picture:
    """Ticks from the lower edge upwards: every % of the trunk, longer and named every 5."""
    out = np.full((CROP_PX[1], _RULER_PX, 3), 255, np.uint8)
    for percent in range(int(CROP_PX[1] / _PERCENT_PX) + 1):
        y = CROP_PX[1] - 1 - round(percent * _PERCENT_PX)
        cv2.line(out, (_RULER_PX - (12 if percent % 5 == 0 else 6), y), (_RULER_PX, y), 0, 1)
        if percent % 5 == 0:
            cv2.putText(out, str(percent), (0, max(y + 4, 9)), _FONT, 0.34, (0, 0, 0), 1)
    return out
