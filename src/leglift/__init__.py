"""Does the lower back leave the floor during a leg lift?"""

from importlib.metadata import version

__version__ = version("leglift")
