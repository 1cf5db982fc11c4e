"""A contender in a process of its own that takes its turn when asked, as `python -m tests.bench.neighbour` starts it.

The function is a context manager that gets everything ready and gives what does one turn. Questions and answers are
lines of JSON on stdin and stdout; the end of stdin is the end of it.
"""

import importlib
import json
import os
import subprocess
import sys
from types import TracebackType
from typing import Any, Self

from tests.bench.places import ROOT


class Neighbour:
    """The other process, from this side."""

    def __init__(self, module: str, function: str, **arguments: object) -> None:
        command = [sys.executable, "-m", "tests.bench.neighbour", module, function, json.dumps(arguments)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        ended = self._process.wait(60)
        assert self._process.stdout is not None
        self._process.stdout.close()
        assert error is not None or ended == 0

    def ask(self, **turn: object) -> None:
        """Let it begin a turn."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(turn).encode() + b"\n")
        self._process.stdin.flush()

    def answer(self) -> Any:  # noqa: ANN401 - what the turn gave, through JSON
        """Wait until it is ready (the first answer, None), or for what its turn gave."""
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


def main(module: str, function: str, arguments: str) -> None:
    """Get ready, then take turns. What anybody prints meanwhile goes to stderr."""
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)
        prepared = getattr(importlib.import_module(f"tests.bench.{module}"), function)
        with prepared(**json.loads(arguments)) as turn:
            print("null", file=answers, flush=True)
            for line in sys.stdin:
                print(json.dumps(turn(**json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
