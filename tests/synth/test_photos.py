"""Rooms whose surfaces are photographs."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from leglift.synth.draw import draw_sample
from leglift.synth.looks import PHOTOS, SCENES, Surface, texture


def test_photographs_change_the_surfaces_of_the_room_and_nothing_else() -> None:
    drawn, photo = (draw_sample(11, 3, photos=p).model_dump() for p in (False, True))
    assert {**drawn, "room": 0} == {**photo, "room": 0}
    differ = {k for k, v in photo["room"].items() if v != drawn["room"][k]}
    assert {"floor", "wall"} <= differ <= {"floor", "wall", "mat"}


@pytest.mark.parametrize("name", [*PHOTOS, *SCENES])
def test_a_photograph_tiles_and_surfaces_take_a_colour(name: str) -> None:
    pytest.importorskip("skimage")
    red, blue = (texture(Surface(photo=name, colour=c)) for c in ((0.8, 0.3, 0.3), (0.3, 0.3, 0.8)))
    assert red.shape == (512, 512, 3)
    assert red.std() > 3
    for a, b in ((red[0], red[-1]), (red[:, 0], red[:, -1])):
        np.testing.assert_array_equal(a, b)
    assert (name in SCENES) == np.array_equal(red, blue)


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_as_dark_as_its_photograph_once_in_linear_light(name: str) -> None:
    skimage = pytest.importorskip("skimage")
    grey = cv2.imread(f"{skimage.__path__[0]}/data/{SCENES[name]}")
    square = grey[: min(grey.shape[:2]), : min(grey.shape[:2])] / 255
    assert texture(Surface(photo=name)).mean() / 255 == pytest.approx((square**2.2).mean(), rel=0.1)
