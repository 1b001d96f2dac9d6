"""Read `data/croissant.json` as somebody else would, with mlcroissant alone.

Fails on every error and warning of its validation, and when a record set does not load or does not
hold a value for each of its fields. Needs only the `pipeline` environment.

    python scripts/check_croissant.py [FILE]
"""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import mlcroissant as mlc

DEFAULT = Path(__file__).parents[1] / "data" / "croissant.json"
SOME = 3


def problems(path: Path) -> list[str]:
    """Say in a line each what is wrong with the metadata, or with the tables they describe."""
    try:
        dataset = mlc.Dataset(path)
    except mlc.ValidationError as error:
        return [str(error)]
    issues = dataset.metadata.ctx.issues
    sets = dataset.metadata.record_sets
    return [*issues.errors, *issues.warnings, *(said for s in sets for said in unread(dataset, s))]


def unread(dataset: mlc.Dataset, record_set: mlc.RecordSet) -> list[str]:
    """Read the first rows of a record set and compare their fields with those described."""
    try:
        rows = list(islice(dataset.records(record_set.uuid), SOME))
    except mlc.GenerationError as error:
        return [f"{record_set.uuid}: {error.__cause__ or error}"]
    described = {field.uuid for field in record_set.fields}
    if not rows:
        return [f"{record_set.uuid}: holds no records"]
    return [f"{record_set.uuid}: reads other fields" for row in rows if set(row) != described]


def main() -> None:
    """Print what is wrong and fail, or say nothing."""
    found = problems(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
    sys.exit("\n".join(map(str, found)) or 0)


if __name__ == "__main__":
    main()
