"""Write `data/croissant.json`: Croissant metadata, so that others can find and load the tables.

What the columns mean comes from `data/columns.yaml` and from the code that makes them, types from
the tables themselves. Every run gives the same bytes. A table or a column that nobody described is
an error.

    python scripts/write_croissant.py [--check]

`--check` changes nothing and fails when the file is not what would be written now.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from pyarrow import csv

from leglift.errors import LegliftError, UsageError
from leglift.files import write_text
from leglift.motion.features import FEATURES, QUALITY
from leglift.params import file_sha256
from leglift.schemas import read_videos
from leglift.schemas import tables as schemas

ROOT = Path(__file__).parents[1]
DATA = ROOT / "data"
TARGET = DATA / "croissant.json"

TERMS = """
arrayShape citeAs column conformsTo containedIn equivalentProperty extract field fileObject
fileProperty fileSet format includes isArray isLiveDataset jsonPath key md5 parentField path
recordSet references regex repeated replace samplingRate separator source subField transform
"""
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "sc": "https://schema.org/",
    **{term: f"cr:{term}" for term in TERMS.split()},
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
}
"""The vocabulary, as version 1.1 of the format fixes it."""

ABOUT = """What the study knows about public clips of leg lifts: where they are, what is seen in
    them, and numbers derived from them (landmarks, outlines, times, angles). No pictures. The
    question is whether the lower back leaves the floor."""
RAI = {
    "rai:dataCollection": """Clips that lie in public repositories, found by searching for leg
        raises and related floor moves, pinned to a commit and a SHA-256.""",
    "rai:dataCollectionType": "Web Scraping",
    "rai:dataAnnotationProtocol": """Three panels of visual raters judged single moments and
        pairs of moments by labelling_guide.md, the legs hidden; visibility first and alone. No
        clinicians, no pressure cuff. Answers are joined by the models of Dawid and Skene (states)
        and of Bradley and Terry (pairs).""",
    "rai:machineAnnotationTools": """MediaPipe Pose Landmarker (full); leglift study segment;
        leglift study edge""",
    "rai:personalSensitiveInformation": """Landmarks and outlines of bodies. No pictures, faces or
        names; person_id only says which clips show the same person. Removal on request, see
        README.md.""",
    "rai:dataBiases": """Mostly fit adults, models and trainers who demonstrate, in bright rooms on
        mats; hardly anyone over 60, no children, no pregnant people, no clinical population.
        Demonstrators arch rarely, or on purpose.""",
    "rai:dataLimitations": """Low frame rates, overlays, watermarks and camera cuts are frequent.
        The outline comes from a mask of 256 pixels a side. In most clips the lower back cannot be
        seen and has no label. Verdicts in reps.parquet are a rule's, not labels. Blinding is not
        perfect: compare at equal leg angle.""",
    "rai:dataUseCases": """Judging leg lifts on video and measuring how well that works, split by
        person. Not for identifying anybody, and not for diagnosis.""",
}
COMPUTED = FEATURES | QUALITY
KINDS = (
    (pa.types.is_boolean, "sc:Boolean"),
    (pa.types.is_integer, "sc:Integer"),
    (pa.types.is_floating, "sc:Float"),
    (pa.types.is_date, "sc:Date"),
)
TABLES = ("*.csv", "*.parquet", "synthetic/*.csv", "synthetic/*.parquet")
MIME = {".csv": "text/csv", ".parquet": "application/x-parquet"}


def read_tables() -> dict[str, dict[str, Any]]:
    """Return the described tables that exist; raises `UsageError` for any other."""
    described = yaml.safe_load((DATA / "columns.yaml").read_text(encoding="utf-8"))
    paths = {table["path"] for table in described.values()}
    for file in sorted(file for glob in TABLES for file in DATA.glob(glob)):
        if (name := file.relative_to(DATA).as_posix()) not in paths:
            raise UsageError(f"data/{name}: describe the table in data/columns.yaml")
    return {name: table for name, table in described.items() if any(DATA.glob(table["path"]))}


def columns(path: Path) -> dict[str, pa.DataType]:
    """Type of every column, in the table's order; those of a CSV file are taken from its cells."""
    schema = pq.read_schema(path) if path.suffix == ".parquet" else csv.read_csv(path).schema
    return dict(zip(schema.names, schema.types, strict=True))


def description(table: Mapping[str, Any], column: str) -> str:
    """Say what a column holds, by the list or the code that computes it, and what is allowed."""
    computed = [(name, f"{said[:1].upper()}{said[1:]}.") for name, said in COMPUTED.items()]
    for pattern, meaning in [*table["columns"].items(), *computed]:
        if fnmatchcase(column, pattern):
            landmark = re.split("_world_|_[xyz]_px|_visibility|_presence", column)[0]
            words = landmark.replace("_", " ").capitalize()
            said = meaning.format(landmark=words, axis=column.split("_")[-2:][0])
            return said + _allowed(table, column)
    raise UsageError(f"data/{table['path']}, {column}: describe it in data/columns.yaml")


def _allowed(table: Mapping[str, Any], column: str) -> str:
    """Name the values that the table's schema lets through, if it names any."""
    if "schema" not in table:
        return ""
    checks = getattr(schemas, table["schema"]).columns[column].checks
    values = [v for check in checks for v in check.statistics.get("allowed_values", ())]
    return f" One of {', '.join(map(str, values))}." if values else ""


def fields(name: str, table: Mapping[str, Any], first: Path) -> Iterator[dict[str, Any]]:
    """Describe every column of a table; of many files also the clip, which stands in the name."""
    many = "*" in table["path"]
    where = {"fileSet" if many else "fileObject": {"@id": table["path"]}}
    if many:
        clip = {"fileProperty": "filename"}
        source = {**where, "extract": clip, "transform": {"regex": r"^([^.]+)"}}
        about = "The clip; the name of the file."
        yield field(f"{name}/clip_id", about, pa.string(), source, "videos/clip_id")
    for column, kind in columns(first).items():
        source = {**where, "extract": {"column": column}}
        target = table.get("references", {}).get(column)
        yield field(f"{name}/{column}", description(table, column), kind, source, target)


def field(
    name: str, about: str, kind: pa.DataType, source: Mapping[str, Any], target: str | None
) -> dict[str, Any]:
    """Describe a column, and the field of another table that it points to, if it does."""
    return {
        "@type": "cr:Field",
        "@id": name,
        "name": name.split("/")[1],
        "description": about,
        **data_type(kind),
        "source": source,
        **({"references": {"field": {"@id": target}}} if target else {}),
    }


def data_type(kind: pa.DataType) -> dict[str, Any]:
    """Name a column's type in the format's words; lists say how deep they are."""
    depth = 0
    while pa.types.is_list(kind):
        kind, depth = kind.value_type, depth + 1
    word = next((word for fits, word in KINDS if fits(kind)), "sc:Text")
    shape = {"isArray": True, "arrayShape": ",".join(["-1"] * depth)} if depth else {}
    return {"dataType": word, **shape}


def record_set(name: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """Describe the rows of a table."""
    first = sorted(DATA.glob(table["path"]))[0]
    key = [{"@id": f"{name}/{column}"} for column in table.get("key", [])]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": table["about"],
        **({"key": key} if key else {}),
        "field": list(fields(name, table, first)),
    }


def resource(table: Mapping[str, Any]) -> dict[str, Any]:
    """Describe the file of a table, or its files."""
    path = str(table["path"])
    common = {"@id": path, "description": table["about"], "encodingFormat": MIME[Path(path).suffix]}
    if "*" in path:
        return {"@type": "cr:FileSet", "name": Path(path).parent.name, **common, "includes": path}
    return {
        "@type": "cr:FileObject",
        "name": path,
        **common,
        "contentUrl": path,
        "contentSize": f"{(DATA / path).stat().st_size} B",
        "sha256": file_sha256(DATA / path),
    }


def croissant() -> dict[str, Any]:
    """Return the whole document."""
    tables = read_tables()
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    team, title = citation["authors"][0]["name"], citation["title"]
    retrieved = read_videos(DATA / "videos.csv")["retrieved_on"]
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": "leglift",
        "description": one_line(ABOUT),
        "license": "https://www.apache.org/licenses/LICENSE-2.0",
        "version": str(citation["version"]),
        "citeAs": f"{team}. {title}. Version {citation['version']}.",
        "creator": {"@type": "sc:Organization", "name": team},
        "datePublished": str(retrieved.max()),
        "keywords": citation["keywords"],
        "isLiveDataset": False,
        **{key: one_line(text) for key, text in RAI.items()},
        "distribution": [resource(table) for table in tables.values()],
        "recordSet": [record_set(name, table) for name, table in tables.items()],
    }


def one_line(text: str) -> str:
    """Undo the source code's line breaks."""
    return " ".join(text.split())


def as_text() -> str:
    """Return the file's content."""
    return json.dumps(croissant(), indent=1, ensure_ascii=False) + "\n"


def main(argv: Sequence[str]) -> None:
    """Write the file, or check that it is current."""
    try:
        text = as_text()
    except LegliftError as error:
        sys.exit(str(error))
    if "--check" in argv:
        current = TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text
        sys.exit(0 if current else f"{TARGET} is stale: run python scripts/write_croissant.py")
    write_text(TARGET, text)


if __name__ == "__main__":
    main(sys.argv[1:])
