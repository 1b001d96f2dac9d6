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
    files: dict[str, str] = {}
    ids: dict[int, int] = {}

    def renamed(node: Any, key: str = "") -> Any:
        if isinstance(node, list):
            return [renamed(part) for part in node]
        if isinstance(node, dict):
            return {name: renamed(part, name) for name, part in node.items()}
        if key == "__id__" and isinstance(node, int):
            return ids.setdefault(node, len(ids) + 1)
        if key == "file" and isinstance(node, str):
            return files.setdefault(node, f"{len(files):04d}{Path(node).suffix}")
        return node

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as given, zipfile.ZipFile(out, "w") as written:
        schema = json.dumps(renamed(json.loads(given.read(_SCHEMA))), indent=1).encode()
        contents = {new: given.read(old) for old, new in files.items()} | {_SCHEMA: schema}
        for name, content in contents.items():
            member = zipfile.ZipInfo(name, _EPOCH)
            member.create_system = 3  # Unix, wherever it is written
            member.external_attr = 0o600 << 16
            written.writestr(member, content)
    return out.getvalue()
