"""Whether somebody else is close by."""

import numpy as np
import pytest

from leglift.vision.people import are_close


def trunk(x: float, y: float = 0.0, length: float = 1.0) -> list[tuple[float, float]]:
    """Middle of the shoulders and of the hips of somebody who lies along x."""
    return [(x, y), (x + length, y)]


PEOPLE = {
    "alone": ([trunk(0)], False),
    "found twice": ([trunk(0), trunk(0.1)], False),
    "beside": ([trunk(0), trunk(0.2, 0.4)], True),
    "head to feet": ([trunk(0), trunk(2.5)], True),
    "far off": ([trunk(0), trunk(9.0)], False),
    "poster": ([trunk(0), trunk(1.0, 0.5, 0.2)], False),
    "no length": ([trunk(0, 0, 0.0), trunk(1.0)], False),
}


@pytest.mark.parametrize("kind", PEOPLE)
def test_who_is_close_to_the_first_one(kind):
    people, close = PEOPLE[kind]
    assert are_close(np.array(people, float)) is close
