import numpy as np
import pytest

from leglift.synth.draw import draw_sample
from leglift.synth.draw_scene import figure_points
from leglift.synth.scene import (
    Camera,
    Light,
    camera_matrix,
    eye_m,
    light_direction,
    project_px,
    shaded_px,
)


def test_the_target_is_in_the_middle_the_head_right_and_up_is_up():
    aside = Camera(azimuth_deg=20, elevation_deg=12, target_m=(0.1, 0.2, 0.3))
    assert project_px(aside, np.array([[0.1, 0.2, 0.3]]))[0] == pytest.approx([320, 180])
    left = Camera(azimuth_deg=0, elevation_deg=0, target_m=(0.0, 0.0, 0.0))
    head, above = project_px(left, np.array([[0.5, 0, 0], [0, 0, 0.5]]))
    assert head[0] > 320
    assert above[1] < 180
    assert eye_m(aside)[0] < eye_m(left)[0]  # a positive azimuth stands towards the feet


def test_the_other_side_mirrors_the_picture():
    """A figure that is its own mirror image looks mirrored from the other side."""
    points = np.array([[0.4, 0.2, 0.1], [0.4, -0.2, 0.1], [-0.6, 0.1, 0.5], [-0.6, -0.1, 0.5]])
    left = project_px(Camera(side="left"), points)
    right = project_px(Camera(side="right"), points[[1, 0, 3, 2]])
    assert right[:, 0] == pytest.approx(640 - left[:, 0])
    assert right[:, 1] == pytest.approx(left[:, 1])


def shaded(camera: Camera, light: Light, *points: tuple[float, float, float]) -> list[float]:
    """Left, top, right and bottom (px, y down) of the floor that these points may shade."""
    size = (camera.width_px, camera.height_px)
    box = shaded_px(camera_matrix(camera), light_direction(light), np.array(points), size)
    left, bottom, width, height = box
    return [left, size[1] - bottom - height, left + width, size[1] - bottom]


def test_the_shaded_floor_reaches_to_where_a_shadow_falls_and_not_far_beyond():
    """A foot 1 m up, with the light 45 deg high from the head's side, shades the floor 1 m off."""
    camera, light = Camera(distance_m=6.0), Light(azimuth_deg=0.0, elevation_deg=45.0)
    corners = [[x, y, 0.0] for x in (-1.15, 0.15) for y in (-0.15, 0.15)]
    places = project_px(camera, np.array(corners))
    tight = [*np.floor(places.min(axis=0)), *np.ceil(places.max(axis=0))]
    assert shaded(camera, light, (0, 0, 1.0), (0, 0, 0)) == tight


def test_a_shadow_beside_the_camera_may_be_anywhere_in_the_picture():
    assert shaded(Camera(), Light(), (0, -9.0, 0), (0, 0, 0)) == [0, 0, 640, 360]


def test_cameras_stand_from_the_floor_to_eye_level_and_see_the_whole_figure():
    samples = [draw_sample(4, k) for k in range(80)]
    cameras = [sample.camera for sample in samples]
    heights = np.array([eye_m(c)[2] for c in cameras])
    assert heights.min() > 0.0
    assert heights.max() < 2.0
    assert 0.15 < (heights < 0.35).mean() < 0.5
    assert (heights > 0.9).mean() > 0.15
    assert max(abs(c.azimuth_deg) for c in cameras) > 25
    for sample, camera in zip(samples, cameras, strict=True):
        places = project_px(camera, figure_points(sample.arms, sample.programme))
        assert (places > 0).all()
        assert (places < [camera.width_px, camera.height_px]).all()
