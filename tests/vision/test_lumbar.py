import cv2
import numpy as np
import pytest

from leglift.params import load_params
from leglift.vision.lumbar import Trunk, look_at_lumbar
from leglift.vision.table import EDGE_U, STEP_U, STEP_V

PARAMS = load_params().vision
SHOULDER, HIP = np.array([100.0, 120.0], np.float32), np.array([260.0, 120.0], np.float32)
RIGHT, LEFT = Trunk(SHOULDER, HIP), Trunk(HIP, SHOULDER)


def picture(edge_px: int = 150) -> tuple[np.ndarray, np.ndarray]:
    """A bright body down to `edge_px` over a dark floor, and its soft mask."""
    inside = np.zeros((240, 400), np.uint8)
    inside[80:edge_px] = 1
    rgb = np.repeat(40 + 160 * inside[..., None], 3, axis=2)
    return rgb, cv2.blur(inside.astype(np.float32), (9, 9))


@pytest.mark.parametrize("trunk", [RIGHT, LEFT], ids=["feet right", "feet left"])
@pytest.mark.parametrize(("mask_px", "off_px"), [(150, 1.6), (146, 3)])
def test_the_edge_lies_where_the_picture_has_it(trunk, mask_px, off_px):
    """It pulls a mask that is off."""
    edge, _ = look_at_lumbar(picture(150)[0], picture(mask_px)[1], trunk, PARAMS)
    assert edge.shape == EDGE_U.shape
    assert np.nanmedian(edge) == pytest.approx(30 / 160, abs=off_px / 160)


def test_a_step_from_bright_to_dark_is_negative_at_the_edge_and_nowhere_else():
    _, steps = look_at_lumbar(*picture(), RIGHT, PARAMS)
    middle = (STEP_V[:-1] + STEP_V[1:]) / 2
    mean = steps.mean(axis=0)
    assert steps.shape == (len(STEP_U), len(STEP_V) - 1)
    assert mean[np.abs(middle) < 0.03].min() < -1
    assert np.abs(mean[middle > 0.05]).max() < 0.5


@pytest.mark.parametrize("end", [(100.0, 280.0), (110.0, 121.0)])
def test_a_standing_or_tiny_trunk_gives_nothing(end):
    assert look_at_lumbar(*picture(), Trunk(SHOULDER, np.array(end, np.float32)), PARAMS) is None
