"""What raters see: the back of the trunk, head left, the same paint, no face and no legs."""

import numpy as np
import pandas as pd
import pytest

from factories import Body, Camera, Lifts
from leglift.labelling.blinding import CROP_PX, PAINTED, U_SPAN, V_SPAN, blind_crop, trunk_frames
from leglift.vision.lumbar import Trunk

GREY = (110, 110, 110)
LEFT, RIGHT = np.array((100.0, 200.0)), np.array((300.0, 200.0))


@pytest.fixture(params=[Trunk(LEFT, RIGHT), Trunk(RIGHT, LEFT)], ids=["head left", "head right"])
def trunk(request):
    return request.param


def place_of(u: float, v: float) -> tuple[int, int]:
    """Row and column of the crop that show a place of the trunk."""
    (u0, u1), (v0, v1), (width, height) = U_SPAN, V_SPAN, CROP_PX
    return round((v - v0) / (v1 - v0) * height), round((u - u0) / (u1 - u0) * width)


def scene(trunk: Trunk, *, u: float, v: float) -> np.ndarray:
    """Black picture with a white spot at a place of the trunk."""
    rgb = np.zeros((400, 400, 3), np.uint8)
    x, y = np.round(trunk.to_px(u, v)).astype(int)
    rgb[y - 3 : y + 4, x - 3 : x + 4] = 255
    return rgb


def test_the_head_is_always_left_and_the_surface_down(trunk):
    crop = blind_crop(scene(trunk, u=0.3, v=0.2), trunk)
    row, column = place_of(0.3, 0.2)
    assert trunk.to_px(0.5, 0.2)[1] == pytest.approx(240)
    assert crop.shape == (*CROP_PX[::-1], 3)
    assert column < CROP_PX[0] / 3
    assert crop[row, column].min() > 200


@pytest.mark.parametrize(
    ("u", "v"), [(-0.3, 0.0), (0.05, 0.1), (1.0, 0.0), (1.2, -0.2), (0.8, 0.0)]
)
def test_face_and_legs_are_never_inside(trunk, u, v):
    """Head, armpit, hip, a raised thigh, and the crease of the hip, where paint lies."""
    assert blind_crop(scene(trunk, u=u, v=v), trunk).max() <= GREY[0]


def test_the_same_area_is_painted_at_every_moment(trunk):
    rng = np.random.default_rng(0)
    pictures = rng.integers(150, 255, (4, 400, 400, 3)).astype(np.uint8)
    painted = [(blind_crop(rgb, trunk) == GREY).all(axis=2) for rgb in pictures]
    assert painted[0].mean() > 0.03
    assert all((painted[0] == other).all() for other in painted[1:])
    assert painted[0][place_of(*np.mean(PAINTED, axis=0))]


def test_a_still_trunk_has_one_place_at_all_moments(table_of):
    camera = Camera(noise_px=1.0, seed=2)
    times_s = [0.2, 1.0, 2.6]
    moments = pd.DataFrame({"time_s": times_s, "shot_idx": 0})
    placed = trunk_frames(table_of(Body(near_leg=Lifts(n=1).course), camera), moments)
    frames, trunks = zip(*placed.values(), strict=True)
    assert frames == tuple(round(t * camera.fps) for t in times_s)
    assert len({tuple(t.hip) for t in trunks}) == 1
    assert trunks[0].length_px == pytest.approx(camera.trunk_px, rel=0.02)
