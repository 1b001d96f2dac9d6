from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from factories import THROUGH_A_MASK, Back, Body, Lifts, trunk_ring_uv
from leglift.motion.profile import AXIS_U, measure, outline

SHOULDER, HIP = np.array([0.0, 0.0]), np.array([1.0, 0.0])
HEIGHT = st.floats(-1, 1, width=32)


def box(left, right, bottom, top):
    return np.array([(left, bottom), (right, bottom), (right, top), (left, top)], float)


BODY = box(-0.5, 1.5, -0.2, 0.3)


@pytest.mark.parametrize(
    "rings",
    [
        *[[np.roll(BODY, first, axis=0)] for first in range(4)],
        *[[np.roll(BODY, first, axis=0)[::-1]] for first in range(4)],
        [BODY, box(0.2, 0.8, 0.6, 0.8)],
    ],
    ids=[*map(str, range(8)), "a leg held over the belly"],
)
def test_outline_of_a_box_is_its_bottom_and_its_top(rings):
    """Wherever a ring begins, whichever way it runs, and whatever else is there."""
    dorsal, ventral = outline(rings, SHOULDER, HIP)
    assert_allclose(dorsal, -0.2)
    assert_allclose(ventral, 0.3)


def test_outline_is_unknown_in_a_hole_and_past_the_ends():
    rings = [box(-0.02, 1.02, -0.4, 0.4), box(0.52, 0.68, -0.1, 0.1)]
    outside = (AXIS_U < -0.02) | (AXIS_U > 1.02) | ((AXIS_U > 0.52) & (AXIS_U < 0.68))
    for side in outline(rings, SHOULDER, HIP):
        assert np.isnan(side).tolist() == outside.tolist()


def test_support_line_runs_from_the_upper_back_to_the_buttocks(params):
    """Only u = 0.25 and u = 1.05 rest on the floor, 0.1 below everything else."""
    dorsal = np.where((AXIS_U == 0.25) | (AXIS_U == 1.05), -0.3, -0.2)
    measured = measure(dorsal, np.full_like(dorsal, 0.2), params.back)
    assert measured["gap_norm"] == pytest.approx(0.1)
    assert measured["support_deg"] == pytest.approx(0.0)


@pytest.mark.parametrize("slope", [0.0, 0.14])
def test_a_back_as_flat_as_the_floor_is_a_support_line(params, slope):
    """It bulges by 0.004 trunk lengths, less than a pixel: one long line and not many short."""
    dorsal = -0.2 - 0.004 * (1 - ((AXIS_U - 0.6) / 0.7) ** 2) + slope * AXIS_U
    measured = measure(dorsal, np.full_like(dorsal, 0.2), params.back)
    assert measured["support_deg"] == pytest.approx(np.degrees(np.arctan(slope)), abs=0.1)


def test_a_really_round_back_has_no_gap_and_is_no_support_line(params):
    dorsal = -0.2 - 0.1 * (1 - ((AXIS_U - 0.6) / 0.7) ** 2)
    measured = measure(dorsal, np.full_like(dorsal, 0.2), params.back)
    assert np.isnan(measured["support_deg"])
    assert measured["gap_norm"] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    "hidden",
    [
        *(np.isclose(AXIS_U, u) for u in (0.45, 0.65, 0.90)),
        AXIS_U < 0.45,
        np.ones(len(AXIS_U), bool),
    ],
    ids=["the first lumbar station", "one", "the last", "upper back", "everything"],
)
def test_broken_outline_has_no_gap(params, hidden):
    dorsal, ventral = outline([np.asarray(trunk_ring_uv(0.08))], SHOULDER, HIP)
    measured = measure(np.where(hidden, np.nan, dorsal), ventral, params.back)
    assert all(np.isnan(value) for value in measured.values())


@given(
    arrays(float, len(AXIS_U), elements=HEIGHT),
    st.floats(-0.5, 0.5),
    st.floats(-0.5, 0.5),
    st.floats(0.1, 10),
)
def test_gap_is_never_negative_blind_to_shift_and_shear_and_scales(
    params, dorsal, shift, shear, scale
):
    ventral = np.full_like(dorsal, 2.0)
    before = measure(dorsal, ventral, params.back)["gap_norm"]
    moved = scale * (dorsal + shift + shear * AXIS_U)
    assert before >= 0
    after = measure(moved, scale * ventral, params.back)["gap_norm"]
    assert after == pytest.approx(scale * before, abs=1e-8)


@pytest.mark.parametrize("flat_norm", [0.0, 0.005, 0.05])
@pytest.mark.parametrize("drawn", [False, True])
def test_floor_is_found_however_flat_the_back_lies(motion_of, flat_norm, drawn):
    """The best back, pressed flat, must not lose the floor: legs from 10 to 85 deg over it.

    Through whole pixels (110 to a trunk) the gap is off by less than a pixel.
    """
    body = Body(near_leg=Lifts(n=1).course, back=Back(flat_norm=flat_norm))
    motion = motion_of(body, replace(THROUGH_A_MASK, floor_deg=8.0, drawn=drawn))
    assert motion.views[0].floor_deg == pytest.approx(8.0, abs=0.5)
    angle = motion.signals["near_leg_deg"]
    assert [angle.min(), angle.max()] == pytest.approx([10, 85], abs=1.0)
    assert_allclose(motion.signals["gap_norm"], flat_norm, atol=1 / 110)
