from __future__ import annotations

import numpy as np
import pytest

from leglift.synth.sample import draw_sample, figure_points
from leglift.synth.scene import Camera, eye_m, project_px


def test_the_target_is_in_the_middle() -> None:
    camera = Camera(azimuth_deg=20, elevation_deg=12, target_m=(0.1, 0.2, 0.3))
    assert project_px(camera, np.array([[0.1, 0.2, 0.3]]))[0] == pytest.approx([320, 180])


def test_head_is_right_and_up_is_up_from_the_left() -> None:
    camera = Camera(azimuth_deg=0, elevation_deg=0, target_m=(0.0, 0.0, 0.0))
    head, above = project_px(camera, np.array([[0.5, 0, 0], [0, 0, 0.5]]))
    assert head[0] > 320
    assert above[1] < 180


def test_the_other_side_mirrors_the_picture() -> None:
    """A figure that is its own mirror image looks mirrored from the other side."""
    points = np.array([[0.4, 0.2, 0.1], [0.4, -0.2, 0.1], [-0.6, 0.1, 0.5], [-0.6, -0.1, 0.5]])
    left = project_px(Camera(side="left"), points)
    right = project_px(Camera(side="right"), points[[1, 0, 3, 2]])
    assert right[:, 0] == pytest.approx(640 - left[:, 0])
    assert right[:, 1] == pytest.approx(left[:, 1])


def test_positive_azimuth_stands_towards_the_feet() -> None:
    assert eye_m(Camera(azimuth_deg=20))[0] < eye_m(Camera(azimuth_deg=0))[0]


def test_sampled_cameras_keep_the_figure_in_the_picture() -> None:
    for k in range(50):
        sample = draw_sample(2, k)
        camera = sample.camera
        places = project_px(camera, figure_points(sample.arms, sample.programme))
        assert (places > 0).all()
        assert (places < [camera.width_px, camera.height_px]).all()
