"""The program `lotse`: finds the command, imports it alone, runs it, and ends with one sentence whatever happens.

Exit codes: 0 done, 1 error, 2 the command line is not understood, 3 not found, 4 refused by a rule, 5 conflict.
Data go to stdout, notices to stderr. Proven by running the program (`tests/cli`).
"""

import atexit
import gc
import os
import sys
from collections.abc import Sequence

from adapters.cli.failures import BROKEN_PIPE, INTERRUPTED, OK, failure_of

_HELP = {"--help", "-h", "help", "hilfe"}
_GARBAGE = 20_000
"""So many new objects before garbage is looked for, in place of 700: importing makes much, and none of it is garbage."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and give its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    os.umask(0o077)  # whatever is written here is the office's alone
    gc.set_threshold(_GARBAGE)
    atexit.register(gc.freeze)  # at the end nothing is looked through for garbage that goes anyway
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    try:
        code = _dispatch(given)
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return _interrupted()
    except Exception as error:  # noqa: BLE001 - the last resort of the program: a sentence instead of a traceback
        if _came_from_an_interrupt(error):
            return _interrupted()
        failure = failure_of(error)
        sys.stderr.write(f"{failure.sentence}\n")
        return failure.code
    return code


def _interrupted() -> int:
    sys.stderr.write("\nAbgebrochen; nichts Halbes wurde gespeichert.\n")
    return INTERRUPTED


def _came_from_an_interrupt(error: BaseException) -> bool:
    """Whether a library met Ctrl-C in the middle of something and raised an error of its own over it."""
    before: BaseException | None = error
    while before is not None and not isinstance(before, KeyboardInterrupt):
        before = before.__context__
    return before is not None


def _dispatch(given: list[str]) -> int:
    from adapters.cli import pages  # noqa: PLC0415 - inside, so that even a failing import ends with a sentence

    if not given or given[0] in _HELP:
        return _help(given[1:])
    if given[0] == "--version":
        from importlib.metadata import version  # noqa: PLC0415 - 20 ms, only here

        _say(f"lotse {version('lotse')}")
        return OK
    entry, rest = pages.find(given)
    if entry is None:
        _say(pages.family(given[0]))
        return OK
    from adapters.cli import calling  # noqa: PLC0415 - Typer, only where a command runs

    return calling.call(entry, rest)


def _help(words: list[str]) -> int:
    from adapters.cli import pages  # noqa: PLC0415 - see above

    if not words:
        _say(pages.overview())
        return OK
    return _dispatch([*words, "--help"])


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _forget_stdout() -> None:
    """Nobody reads any more: let the interpreter flush into nothing instead of complaining."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
