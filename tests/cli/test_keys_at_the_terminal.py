"""A passphrase typed at a real terminal: never shown, twice where it is new, and a wrong one is one sentence."""

import fcntl
import os
import pty
import subprocess
import sys
import termios
from pathlib import Path

import pytest

PASSPHRASE = "sechs Wörter für den Test"


def typed(*words: str, answers: tuple[str, ...]) -> tuple[int, str]:
    """Run the program on a terminal of its own, give an answer at each question; exit code and what was to be seen."""
    ours, theirs = pty.openpty()

    def take_the_terminal() -> None:
        os.setsid()
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        [sys.executable, "-m", "adapters.cli", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "LOTSE_KEY_PROVIDER": "passphrase", "PYTHONUTF8": "1", "TERM": "dumb"},
        preexec_fn=take_the_terminal,  # noqa: PLW1509 - the tests have no threads here
    )
    os.close(theirs)
    seen, waiting = b"", list(answers)
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:
            break
        if not part:
            break
        seen += part
        if waiting and seen.rstrip(b" ").endswith(b":"):
            os.write(ours, waiting.pop(0).encode() + b"\n")
    os.close(ours)
    return process.wait(), seen.decode()


def test_a_passphrase_is_typed_twice_when_it_is_new_and_once_ever_after(place: Path) -> None:
    code, seen = typed("init", answers=(PASSPHRASE, PASSPHRASE))
    assert code == 0, seen
    assert "Neue Passphrase der Schlüssel:" in seen
    assert "Noch einmal dieselbe:" in seen
    code, again = typed("keys", "status", answers=(PASSPHRASE,))
    assert code == 0, again
    assert again.count("Passphrase der Schlüssel:") == 1
    code, wrong = typed("keys", "status", answers=("ganz andere Wörter",))
    assert (code, wrong.strip().splitlines()[-1]) == (1, "Die Passphrase ist falsch.")
    assert PASSPHRASE not in seen + again + wrong
    assert (place / "keys/passphrase.json").exists()


@pytest.mark.parametrize("second", ["sechs Wörter für den Tset", ""])
def test_two_that_differ_make_nothing(place: Path, second: str) -> None:
    code, seen = typed("init", answers=(PASSPHRASE, second))
    assert (code, "Die beiden Eingaben sind verschieden" in seen) == (1, True)
    assert not (place / "keys").exists()
