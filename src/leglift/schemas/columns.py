"""Columns that the tables share: words, numbers, spans of time, clips and raters."""

from __future__ import annotations

import pandera.pandas as pa

SPANS = r"^(\d+(\.\d+)?-\d+(\.\d+)?)(;\d+(\.\d+)?-\d+(\.\d+)?)*$|^$"
TIMES = r"^(\d+(\.\d+)?(;\d+(\.\d+)?)*)?$"


def one_of(*values: str | int) -> pa.Check:
    """One of the values and nothing else."""
    return pa.Check.isin(values)


def word(*values: str) -> pa.Column:
    """Column of one word out of several; `""` among them allows an empty cell."""
    return pa.Column(str, one_of(*values))


def some_of(*values: str) -> pa.Check:
    """None, one or several of the words, with semicolons between them."""
    either = "|".join(values)
    return pa.Check.str_matches(rf"^(({either})(;({either}))*)?$")


def number(low: float, high: float) -> pa.Column:
    """Column of numbers in a range; an empty cell is NaN."""
    return pa.Column(float, pa.Check.in_range(low, high), nullable=True, coerce=True)


CLIP = pa.Column(str, pa.Check.str_matches(r"^c[0-9a-f]{8}$"))
RATER = pa.Column(str, pa.Check.str_matches(r"^\w+$"))
GUIDE = pa.Column(int, pa.Check.ge(1), coerce=True)
REP = pa.Column(int, pa.Check.ge(1), coerce=True)
MOMENT = pa.Column(int, pa.Check.ge(0), coerce=True)
COUNT = pa.Column(int, pa.Check.ge(0), coerce=True)
TIME = pa.Column(float, pa.Check.ge(0), coerce=True)
DATE = pa.Column(str, pa.Check.str_matches(r"^\d{4}-\d\d-\d\d$"))
ANGLE = number(-90, 270)
