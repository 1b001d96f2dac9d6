import cv2
import numpy as np
import pytest

from leglift.params import load_params
from leglift.vision.lumbar import Trunk, look_at_lumbar
from leglift.vision.table import EDGE_U, STEP_U, STEP_V

PARAMS = load_params().vision
TRUNK = Trunk(np.array([100.0, 120.0], np.float32), np.array([260.0, 120.0], np.float32))


def picture(edge_px: float = 150.0) -> tuple[np.ndarray, np.ndarray]:
    """A bright body down to `edge_px` over a dark floor, and its soft mask."""
    rgb = np.full((240, 400, 3), 40, np.uint8)
    rgb[80 : round(edge_px)] = 200
    mask = np.zeros((240, 400), np.float32)
    mask[80 : round(edge_px)] = 1.0
    return rgb, cv2.blur(mask, (9, 9))


def test_the_edge_lies_where_the_picture_has_it():
    rgb, mask = picture(150.0)
    seen = look_at_lumbar(rgb, mask, TRUNK, PARAMS)
    assert seen is not None
    assert np.nanmedian(seen.edge_norm) == pytest.approx(30 / 160, abs=0.01)
    assert seen.edge_norm.shape == EDGE_U.shape


def test_the_pictures_edge_pulls_a_mask_that_is_off():
    rgb, _ = picture(150.0)
    _, mask = picture(146.0)
    seen = look_at_lumbar(rgb, mask, TRUNK, PARAMS)
    assert seen is not None
    assert abs(np.nanmedian(seen.edge_norm) - 30 / 160) < 3 / 160


def test_a_step_from_bright_to_dark_is_negative_at_the_edge_and_nowhere_else():
    seen = look_at_lumbar(*picture(150.0), TRUNK, PARAMS)
    middle = (STEP_V[:-1] + STEP_V[1:]) / 2
    mean = seen.steps.mean(axis=0)
    assert seen.steps.shape == (len(STEP_U), len(STEP_V) - 1)
    assert mean[np.abs(middle) < 0.03].min() < -1
    assert np.abs(mean[middle > 0.05]).max() < 0.5


@pytest.mark.parametrize("mirrored", [False, True])
def test_feet_may_point_either_way(mirrored):
    rgb, mask = picture(150.0)
    trunk = Trunk(TRUNK.hip, TRUNK.shoulder) if mirrored else TRUNK
    seen = look_at_lumbar(rgb, mask, trunk, PARAMS)
    assert np.nanmedian(seen.edge_norm) == pytest.approx(30 / 160, abs=0.01)


@pytest.mark.parametrize("end", [(100.0, 280.0), (110.0, 121.0)])
def test_a_standing_or_tiny_trunk_gives_nothing(end):
    trunk = Trunk(TRUNK.shoulder, np.array(end, np.float32))
    assert look_at_lumbar(*picture(), trunk, PARAMS) is None
