"""The model's archive, written so that the same model gives the same bytes.

skops names arrays and objects by where they lie in memory, and a zip file notes the time: neither
says anything of the model.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

_SCHEMA = "schema.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest day that a zip file can hold."""


def write_archive(objects: dict[str, Any], path: Path) -> None:
    """Write objects as a skops archive whose bytes depend on them alone."""
    import skops.io

    path.write_bytes(canonical(skops.io.dumps(objects)))


def canonical(archive: bytes) -> bytes:
    """Rename the members and objects of a skops archive in order of their appearance."""
    with zipfile.ZipFile(io.BytesIO(archive)) as given:
        schema = json.loads(given.read(_SCHEMA))
        files: dict[str, str] = {}
        renamed = _renamed(schema, files, {})
        contents = {new: given.read(old) for old, new in files.items()}
    contents[_SCHEMA] = json.dumps(renamed, indent=1).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as written:
        for name, content in contents.items():
            written.writestr(_member(name), content)
    return out.getvalue()


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.create_system = 3  # Unix, wherever it is written
    info.external_attr = 0o600 << 16
    return info


def _renamed(node: Any, files: dict[str, str], ids: dict[int, int]) -> Any:
    """Copy a part of the schema; `files` and `ids` gather old and new names as they are met."""
    if isinstance(node, list):
        return [_renamed(part, files, ids) for part in node]
    if not isinstance(node, dict):
        return node
    return {key: _renamed_value(key, value, files, ids) for key, value in node.items()}


def _renamed_value(key: str, value: Any, files: dict[str, str], ids: dict[int, int]) -> Any:
    if key == "__id__" and isinstance(value, int):
        return ids.setdefault(value, len(ids) + 1)
    if key == "file" and isinstance(value, str):
        return files.setdefault(value, f"{len(files):04d}{Path(value).suffix}")
    return _renamed(value, files, ids)
