"""How the command starts and ends: every expected failure is one line and its own exit code."""

from __future__ import annotations

import io
import os
import sys

import typer
from typer.exceptions import TyperException

from leglift.cli.app import app
from leglift.errors import LegliftError, UsageError

USAGE = UsageError.exit_code
INTERRUPTED = 130


def main() -> None:
    """Run the command line; every expected failure is one line and its own exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # file names may hold anything
            stream.reconfigure(errors="backslashreplace")
    code = run(sys.argv[1:])
    sys.exit(_flushed() or code)


def run(args: list[str]) -> int:
    """Run one command line; returns the exit code."""
    # Typer's own runner would turn Ctrl-C and a closed pipe into exit codes without a word.
    command = typer.main.get_command(app)
    try:
        with command.make_context("leglift", args) as context:
            command.invoke(context)
    except typer.Exit as done:
        return done.exit_code
    except LegliftError as error:
        return _failed(str(error), error.exit_code)
    except TyperException as error:
        message, asked = error.format_message(), getattr(error, "ctx", None)
        if message.startswith("Usage: "):  # called without arguments: the whole help
            sys.stderr.write(f"{message}\n")
            return USAGE
        return _usage(message, asked.command_path if asked else "leglift", args)
    except BrokenPipeError:  # who read our results has seen enough
        _drop_stdout()
    except KeyboardInterrupt:
        return _failed("interrupted; nothing was written", INTERRUPTED)
    except OSError as error:  # a full disk, a folder that went away
        if not error.filename:  # stdout, and what waits for it would fail again
            _drop_stdout()
        what, why = error.filename or "the result", error.strerror or error
        return _failed(f"{what} cannot be written or read ({why})", USAGE)
    return 0


def _flushed() -> int:
    """Write out what waits for stdout; the exit code where that cannot be."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_stdout()
    except OSError as error:
        _drop_stdout()
        return _failed(f"the result cannot be written ({error.strerror or error})", USAGE)
    return 0


def _drop_stdout() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage(message: str, command: str, args: list[str]) -> int:
    dashed = [arg for arg in args if arg.startswith("-") and os.path.lexists(arg)]
    hint = f" (a file? write ./{dashed[0]})" if dashed else ""
    return _failed(f"{' '.join(message.split()).rstrip('.')}{hint}; see {command} --help", USAGE)


def _failed(message: str, exit_code: int) -> int:
    from leglift.console import plain

    sys.stderr.write(f"leglift: {plain(message)}\n")
    return exit_code
