import numpy as np
import pytest

from leglift.synth.body import BodyParams, build_body
from leglift.synth.draw import draw_sample
from leglift.synth.looks import Clothes, garments_of, vertex_colours

pytest.importorskip("anny")

PLAIN = Clothes(top=(0.3, 0.3, 0.3), bottom=(0.2, 0.2, 0.2))
PRINT_FIELDS = {
    "print_contrast", "print_waves_per_m", "print_sharp", "print_seed", "band_m", "band",
}  # fmt: skip


@pytest.fixture(scope="module")
def body():
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


def test_plain_clothes_are_the_same_sample_but_for_the_print():
    with_print, plain = (draw_sample(11, 3, prints=p).model_dump() for p in (True, False))
    differ = {k for k, v in with_print["clothes"].items() if v != plain["clothes"][k]}
    assert differ
    assert differ <= PRINT_FIELDS
    assert {**with_print, "clothes": 0} == {**plain, "clothes": 0}


def test_about_two_in_three_clothes_are_patterned():
    clothes = [draw_sample(12, k).clothes for k in range(120)]
    assert 0.5 < np.mean([c.print_contrast > 0 for c in clothes]) < 0.8
    assert 0.5 < np.mean([c.band_m > 0 for c in clothes]) < 0.8
