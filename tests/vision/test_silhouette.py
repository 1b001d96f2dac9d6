from itertools import pairwise

import cv2
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from factories import fill_rings
from leglift.vision.silhouette import mask_to_rings
from leglift.vision.table import SCHEMA, flatten, rings_of

TOLERANCE_PX = 0.5
MIN_RING_PX = 12.0
STEPS_PER_PX = 8
ROUGH_IOU = 0.93
"""Rasterised rings include the pixels that they pass through, which counts for small shapes."""


def outlined(mask, tolerance_px=TOLERANCE_PX):
    return mask_to_rings(np.asarray(mask, np.float32), tolerance_px, MIN_RING_PX)


def soft(distance_px):
    """A mask that is 0.5 where the signed distance (inside positive) is 0, over two pixels."""
    return np.clip(0.5 + distance_px / 2, 0, 1).astype(np.float32)


def circle(height, width, x0, y0, radius):
    y, x = np.mgrid[:height, :width].astype(np.float64)
    return soft(radius - np.hypot(x - x0, y - y0))


def area(rings):
    """Signed shoelace areas add up: contourpy turns holes the other way round."""
    x_y = [(ring[:, 0].astype(float), ring[:, 1].astype(float)) for ring in rings]
    return abs(sum(0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) for x, y in x_y))


def dense(ring):
    """Points along a ring, eight a pixel."""
    closed = np.vstack([ring, ring[:1]])
    parts = [
        np.linspace(a, b, max(2, int(np.hypot(*(b - a)) * STEPS_PER_PX)))
        for a, b in pairwise(closed)
    ]
    return np.vstack(parts)


def iou(one, other):
    one, other = one.astype(bool), np.asarray(other).astype(bool)
    return (one & other).sum() / max((one | other).sum(), 1)


@pytest.mark.parametrize("radius", [5.0, 20.0, 60.3])
@pytest.mark.parametrize("centre", [(80.0, 70.0), (577.4, 272.9)])
def test_circle(radius, centre):
    """A speck beside it is dropped."""
    mask = circle(360, 640, *centre, radius)
    mask[3, 3] = 1.0
    (ring,) = outlined(mask)
    off = np.abs(np.hypot(*(dense(ring) - centre).T) - radius)
    assert off.max() <= TOLERANCE_PX
    assert area([ring]) == pytest.approx(np.pi * radius**2, rel=2 * TOLERANCE_PX / radius)


@pytest.mark.parametrize(("value", "covered"), [(0.0, 0), (0.3, 0), (0.5, 0), (1.0, 1)])
def test_a_full_mask_is_one_ring_around_the_picture_and_an_empty_one_none(value, covered):
    rings = outlined(np.full((40, 60), value))
    assert len(rings) == covered
    assert area(rings) == pytest.approx(40 * 60 * covered, rel=0.03)
    assert (fill_rings(rings, 40, 60) == covered).all()


def blob(seed, height, width, sigma):
    """A smooth random shape with soft edges, parts, holes, and parts cut by the border."""
    noise = np.random.default_rng(seed).normal(size=(height, width)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), sigma)
    inside = (smooth > np.quantile(smooth, 0.6)).astype(np.uint8)
    inwards, outwards = (
        cv2.distanceTransform(side, cv2.DIST_L2, 5) for side in (inside, 1 - inside)
    )
    return soft(inwards - outwards)


def farthest(points, others):
    """Largest distance from a point to the nearest of the others."""
    return cKDTree(others).query(points)[0].max()


SIDE = st.integers(100, 200)


@given(st.builds(blob, st.integers(0, 10_000), SIDE, SIDE, st.floats(8.0, 14.0)))
def test_rings_give_the_shape_back_and_are_kept_as_they_are(mask):
    """Vertices lie on eighths of a pixel, so that a table's cell loses nothing.

    No exact outline point is far from the simplified ring, nor the reverse.
    """
    rings = outlined(mask)
    assert iou(fill_rings(rings, *mask.shape), mask > 0.5) > ROUGH_IOU
    cell = pa.scalar(flatten(rings), SCHEMA.field("rings_px").type)
    exact = outlined(mask, tolerance_px=0.0)
    for ring, kept, true in zip(rings, rings_of(cell), exact, strict=True):
        assert len(ring) >= 3
        assert kept.dtype == np.float32
        np.testing.assert_array_equal(ring, kept)
        np.testing.assert_array_equal(ring * 8, np.round(ring * 8))
        one, other = dense(ring), dense(true)
        off = max(farthest(one, other), farthest(other, one))
        assert off <= TOLERANCE_PX + 2 / STEPS_PER_PX
