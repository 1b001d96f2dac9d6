import cv2
import numpy as np
import pytest

from leglift.synth.body import BodyParams, build_body
from leglift.synth.draw import draw_sample
from leglift.synth.looks import (
    PHOTOS,
    SCENES,
    Clothes,
    Surface,
    garments_of,
    texture,
    vertex_colours,
)

PLAIN = Clothes(top=(0.3, 0.3, 0.3), bottom=(0.2, 0.2, 0.2))
PRINT_FIELDS = {
    "print_contrast", "print_waves_per_m", "print_sharp", "print_seed", "band_m", "band",
}  # fmt: skip


@pytest.fixture(scope="module")
def body():
    pytest.importorskip("anny")
    return build_body(BodyParams())


@pytest.mark.parametrize("sharp", [False, True])
def test_a_print_shades_the_cloth_and_nothing_else(body, sharp):
    printed = PLAIN.model_copy(update={"print_contrast": 0.6, "print_sharp": sharp})
    worn = garments_of(body, PLAIN)
    before, after = (vertex_colours(body, clothes, worn) for clothes in (PLAIN, printed))
    cloth = worn.top | worn.bottom
    assert (before[~cloth] == after[~cloth]).all()
    assert after[cloth].std(axis=0).min() > 0.03
    assert ((after >= 0) & (after <= 1)).all()


def test_a_waistband_is_a_strip_along_the_top_of_the_bottom_garment(body):
    banded = PLAIN.model_copy(update={"band_m": 0.04, "band": (0.9, 0.1, 0.1)})
    worn = garments_of(body, PLAIN)
    before, after = (vertex_colours(body, clothes, worn) for clothes in (PLAIN, banded))
    changed = (before != after).any(axis=1)
    heights = body.rest_m[changed, 2]
    assert not changed[~worn.bottom].any()
    assert np.ptp(heights) <= 0.04
    assert heights.max() == body.rest_m[worn.bottom, 2].max()


@pytest.mark.parametrize(
    ("switch", "part", "fields"),
    [
        ("prints", "clothes", PRINT_FIELDS),
        ("photos", "room", {"floor", "wall", "mat"}),
        ("unsteady", "programme", {"swing_deg", "tremor_deg"}),
    ],
)
def test_a_switch_changes_its_part_of_a_sample_and_nothing_else(switch, part, fields):
    off, on = (draw_sample(11, 3, **{switch: on}).model_dump() for on in (False, True))
    differ = {name for name, value in on[part].items() if value != off[part][name]}
    assert differ
    assert differ <= fields
    assert {**on, part: 0} == {**off, part: 0}


def test_about_two_in_three_clothes_are_patterned():
    clothes = [draw_sample(12, k).clothes for k in range(120)]
    assert 0.5 < np.mean([c.print_contrast > 0 for c in clothes]) < 0.8
    assert 0.5 < np.mean([c.band_m > 0 for c in clothes]) < 0.8


@pytest.mark.parametrize("name", [*PHOTOS, *SCENES])
def test_a_photograph_tiles_and_surfaces_take_a_colour(name):
    pytest.importorskip("skimage")
    red, blue = (texture(Surface(photo=name, colour=c)) for c in ((0.8, 0.3, 0.3), (0.3, 0.3, 0.8)))
    assert red.shape == (512, 512, 3)
    assert red.std() > 3
    for a, b in ((red[0], red[-1]), (red[:, 0], red[:, -1])):
        np.testing.assert_array_equal(a, b)
    assert (name in SCENES) == np.array_equal(red, blue)


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_as_dark_as_its_photograph_once_in_linear_light(name):
    skimage = pytest.importorskip("skimage")
    grey = cv2.imread(f"{skimage.__path__[0]}/data/{SCENES[name]}")
    square = grey[: min(grey.shape[:2]), : min(grey.shape[:2])] / 255
    assert texture(Surface(photo=name)).mean() / 255 == pytest.approx((square**2.2).mean(), rel=0.1)
