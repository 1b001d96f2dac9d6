"""Judge leg lifts on video by whether the lower back leaves the floor."""

from importlib.metadata import version

__version__ = version("leglift")
