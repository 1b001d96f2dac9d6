"""Judge leg lifts on video by whether the lower back leaves the floor."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leglift.verdict.api import judge as judge
    from leglift.verdict.api import measure as measure

__version__ = version("leglift")

__all__ = ["__version__", "judge", "measure"]


def __getattr__(name: str) -> Any:
    """Load `judge` and `measure` when they are asked for: they are slow to import."""
    if name not in ("judge", "measure"):
        raise AttributeError(f"module 'leglift' has no attribute {name!r}")
    from leglift.verdict import api

    return getattr(api, name)
