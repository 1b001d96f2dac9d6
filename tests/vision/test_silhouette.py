from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from factories import fill_rings
from leglift.vision.silhouette import mask_to_rings
from leglift.vision.table import flatten, unflatten

TOLERANCE_PX = 0.5
MIN_RING_PX = 12.0
STEPS_PER_PX = 8
ROUGH_IOU = 0.93
"""Rasterised rings include the pixels that they pass through, which counts for small shapes."""


def rings_of(mask, tolerance_px=TOLERANCE_PX):
    return mask_to_rings(np.asarray(mask, np.float32), tolerance_px, MIN_RING_PX)


def soft(distance_px):
    """A mask that is 0.5 where the signed distance (inside positive) is 0, over two pixels."""
    return np.clip(0.5 + distance_px / 2, 0, 1).astype(np.float32)


def grid(height, width):
    y, x = np.mgrid[:height, :width].astype(np.float64)
    return x, y


def circle(height, width, x0, y0, radius):
    x, y = grid(height, width)
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


# --- known shapes ------------------------------------------------------------------------------


@pytest.mark.parametrize("radius", [5.0, 20.0, 60.3])
@pytest.mark.parametrize("centre", [(80.0, 70.0), (77.4, 72.9)])
def test_circle(radius, centre):
    (ring,) = rings_of(circle(160, 160, *centre, radius))
    off = np.abs(np.hypot(*(dense(ring) - centre).T) - radius)
    assert off.max() <= TOLERANCE_PX
    assert area([ring]) == pytest.approx(np.pi * radius**2, rel=2 * TOLERANCE_PX / radius)


def test_square():
    x, y = grid(100, 120)
    mask = soft(np.minimum(30.0 - np.abs(x - 60), 30.0 - np.abs(y - 45)))
    (ring,) = rings_of(mask)
    assert area([ring]) == pytest.approx(60**2, rel=0.01)
    off = np.abs(np.abs(dense(ring) - (60, 45)).max(axis=1) - 30)
    assert off.max() <= TOLERANCE_PX
    assert ring.min(axis=0) == pytest.approx([30, 15], abs=TOLERANCE_PX)
    assert ring.max(axis=0) == pytest.approx([90, 75], abs=TOLERANCE_PX)


def test_hole_is_a_ring_of_its_own():
    mask = circle(160, 160, 80, 80, 60) - circle(160, 160, 90, 80, 20)
    rings = rings_of(mask)
    assert len(rings) == 2
    assert area(rings) == pytest.approx(np.pi * (60**2 - 20**2), rel=0.02)
    filled = fill_rings(rings, 160, 160)
    assert filled[80, 90] == 0
    assert filled[80, 40] == 1
    assert filled.sum() == pytest.approx(np.pi * (60**2 - 20**2), rel=0.02)


def test_two_parts_are_two_rings():
    mask = np.maximum(circle(100, 200, 50, 50, 30), circle(100, 200, 150, 50, 20))
    assert sorted(round(area([ring])) for ring in rings_of(mask)) == pytest.approx(
        [np.pi * 400, np.pi * 900], rel=0.04
    )


def test_specks_are_dropped():
    mask = circle(100, 100, 50, 50, 30)
    mask[3, 3] = 1.0
    assert len(rings_of(mask)) == 1


# --- edges of the picture ----------------------------------------------------------------------


@pytest.mark.parametrize("centre", [(0, 40), (119, 40), (60, 0), (60, 79), (0, 0), (119, 79)])
def test_shape_over_the_border_is_closed_there(centre):
    mask = circle(80, 120, *centre, 25)
    (ring,) = rings_of(mask)
    assert ring.min() >= -1
    assert ring[:, 0].max() <= 120
    assert ring[:, 1].max() <= 80
    assert iou(fill_rings([ring], 80, 120), mask > 0.5) > ROUGH_IOU


def test_full_mask_is_one_ring_around_the_picture():
    (ring,) = rings_of(np.ones((40, 60)))
    assert area([ring]) == pytest.approx(40 * 60, rel=0.03)
    assert fill_rings([ring], 40, 60).all()


@pytest.mark.parametrize("value", [0.0, 0.3, 0.5])
def test_empty_mask_gives_nothing(value):
    assert rings_of(np.full((40, 60), value)) == []


def test_position_in_a_large_picture_is_kept():
    x, y = grid(60, 60)
    small = soft(20 - np.hypot(x - 30, y - 30))
    large = np.zeros((360, 640), np.float32)
    large[250:310, 500:560] = small
    (here,), (there,) = rings_of(small), rings_of(large)
    np.testing.assert_allclose(there - here, np.broadcast_to([500, 250], here.shape))


@pytest.mark.parametrize("width", [640, 1156])
def test_masks_enlarged_by_the_model_keep_their_outline(width):
    """The model's own mask has 256 px a side; what it returns for a large frame is soft."""
    small = circle(144, 256, 120, 70, 50)
    mask = cv2.resize(small, (width, width * 9 // 16), interpolation=cv2.INTER_LINEAR)
    rings = mask_to_rings(mask, TOLERANCE_PX, MIN_RING_PX)
    exact = mask_to_rings(mask[:, :], 0.0, MIN_RING_PX)
    assert iou(fill_rings(rings, *mask.shape), mask > 0.5) > 0.99
    assert area(rings) == pytest.approx(float((mask > 0.5).sum()), rel=0.01)
    assert len(exact) == 1


def iou(one, other):
    one, other = one.astype(bool), np.asarray(other).astype(bool)
    return (one & other).sum() / max((one | other).sum(), 1)


# --- any shape ---------------------------------------------------------------------------------


def blob(seed, height, width, sigma):
    """A smooth random shape with soft edges, parts, holes, and parts cut by the border."""
    noise = np.random.default_rng(seed).normal(size=(height, width)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), sigma)
    level = np.quantile(smooth, 0.6)
    inside = (smooth > level).astype(np.uint8)
    return soft(
        cv2.distanceTransform(inside, cv2.DIST_L2, 5)
        - cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    )


blobs = st.builds(
    blob,
    st.integers(0, 10_000),
    st.integers(100, 200),
    st.integers(100, 200),
    st.floats(8.0, 14.0),
)


@given(blobs)
def test_filling_the_rings_gives_the_shape_back(mask):
    filled = fill_rings(rings_of(mask), *mask.shape)
    assert set(np.unique(filled)) <= {0, 1}
    assert iou(filled, mask > 0.5) > ROUGH_IOU


@given(blobs)
def test_no_point_of_an_outline_is_further_off_than_allowed(mask):
    """Both ways: no exact outline point far from the simplified ring, nor the reverse."""
    simple = [dense(ring) for ring in rings_of(mask)]
    exact = [dense(ring) for ring in rings_of(mask, tolerance_px=0.0)]
    assert len(simple) == len(exact)
    for one, other in zip(simple, exact, strict=True):
        assert farthest(one, other) <= TOLERANCE_PX + 2 / STEPS_PER_PX
        assert farthest(other, one) <= TOLERANCE_PX + 2 / STEPS_PER_PX


def farthest(points, others):
    """Largest distance from a point to the nearest of the others."""
    return cKDTree(others).query(points)[0].max()


@given(blobs)
def test_flatten_and_back(mask):
    rings = rings_of(mask)
    back = unflatten(flatten(rings))
    assert len(back) == len(rings)
    for one, other in zip(rings, back, strict=True):
        assert other.dtype == np.float32
        np.testing.assert_array_equal(one, other)


@given(blobs)
def test_vertices_lie_on_eighths_of_a_pixel(mask):
    for ring in rings_of(mask):
        np.testing.assert_array_equal(ring * 8, np.round(ring * 8))
        assert len(ring) >= 3
