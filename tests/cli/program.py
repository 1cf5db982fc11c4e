"""Running `lotse` as a person does: in this process where that is enough, as a program of its own where it is not."""

import io
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.cli.main import run
from tests import warm

CLINIC = Path(__file__).parents[1] / "data" / "meldungen-klinik.csv"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the program said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON is what it is
        """The one line of JSON on stdout."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def lotse(*words: str | Path, entered: str = "", terminal: bool = False) -> Answer:
    """Run one command line here. `terminal`: as if a person sat there and typed `entered`."""
    out, err = io.StringIO(), _Terminal() if terminal else io.StringIO()
    before = sys.stdin
    sys.stdin = _Terminal(entered) if terminal else io.StringIO(entered)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = run([str(word) for word in words])
    finally:
        sys.stdin = before
    return Answer(code, out.getvalue(), err.getvalue())


def fine(*words: str | Path, entered: str = "", terminal: bool = False) -> Answer:
    """Run one command line that must end with 0."""
    answer = lotse(*words, entered=entered, terminal=terminal)
    assert answer.code == 0, answer
    return answer


def program(*words: str | Path, **environment: str) -> Answer:
    """Run the program as a process of its own."""
    done = warm.ended(*map(str, words), environment=warm.plain(os.environ) | environment)
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())
