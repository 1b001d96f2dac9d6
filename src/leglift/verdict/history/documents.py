"""What history reads of the documents that `leglift judge --json` prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from leglift.errors import NoLegLiftError, UsageError

DOCUMENT_SUFFIXES = (".json", ".jsonl")

Count = Annotated[int, Field(ge=0, le=100_000)]
Degrees = Annotated[float, Field(ge=-360, le=360, allow_inf_nan=False)]


class _Part(BaseModel):
    """A part of the document of `leglift judge --json`; what history has no use for is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class _Model(_Part):
    id: Annotated[str, Field(min_length=1)]


class _Clip(_Part):
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Set(_Part):
    exercise: str
    n_reps: Annotated[Count, Field(ge=1)]
    n_good: Count
    n_arched: Count
    n_cant_tell: Count
    set_over_at_rep: Count | None
    point_of_control_deg: Degrees | None
    point_of_control_low_deg: Degrees | None = None
    point_of_control_high_deg: Degrees | None = None
    point_of_control_censored: bool | None = None
    point_of_control_error_deg: Degrees | None = None


class _Rep(_Part):
    verdict: str
    reason: str | None
    lowering_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None


class JudgedSet(_Part):
    """What a judged video says of one set."""

    schema_version: Literal[1, 2]
    model: _Model
    clip: _Clip
    set: _Set
    reps: list[_Rep]


def read_documents(path: Path) -> list[dict[str, Any]]:
    """Read what `leglift judge --json` printed, one document or one a line.

    Raises
    ------
    UsageError
        The file is missing or holds something else; the line says where.
    NoLegLiftError
        It is of pelvic tilts, which are no set.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(f"{path}: cannot be read ({reason})") from error
    lines = [line for line in text.splitlines() if line.strip()]
    for parts in ([text], lines or [text]):
        try:
            return [checked_set(json.loads(part), path) for part in parts]
        except (ValueError, RecursionError):
            continue
    nor = ", and no JSON a line" if len(lines) > 1 else ""
    raise _no_document(path, f"it is no JSON{nor}")


def checked_set(document: Any, path: Path) -> dict[str, Any]:
    """Give back a document that history can keep; raises what `read_documents` raises."""
    said = document.get("set") if isinstance(document, dict) else None
    if isinstance(said, dict) and said.get("exercise") == "pelvic_tilt":
        raise NoLegLiftError(f"{path}: pelvic tilts without any leg lift; history keeps lifts")
    try:
        JudgedSet.model_validate(document)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "it"
        raise _no_document(path, f"{where} is missing, or not as it is there") from error
    return dict(document)


def _no_document(path: Path, why: str) -> UsageError:
    return UsageError(f"{path}: not what leglift judge --json prints ({why})")
