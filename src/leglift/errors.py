"""What can go wrong, each with the exit code that a script can act on."""

from __future__ import annotations


class LegliftError(Exception):
    """One clear line for the user; `exit_code` for the shell."""

    exit_code = 1


class UsageError(LegliftError):
    """The command cannot be carried out as it was given."""

    exit_code = 2


class VideoError(LegliftError):
    """The video is missing or cannot be read."""

    exit_code = 3


class NoLegLiftError(LegliftError):
    """The video shows no person, or nobody who lifts the legs."""

    exit_code = 4


class ModelError(LegliftError):
    """A model or pose bundle is missing or is not the one that is needed."""

    exit_code = 5
