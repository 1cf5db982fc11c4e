"""A program of Lotse that runs until it is told to stop, and what it says, heard line by line."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import warm

PATIENCE = 20.0


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


class Running:
    """A process of its own; used as `with running(…) as it`."""

    def __init__(self, words: tuple[str, ...], place: Path, environment: dict[str, str]) -> None:
        around = warm.plain(os.environ) | {"LOTSE_HTTP_PORT": str(free_port())} | environment
        self.process = warm.started(
            *words, "--dir", str(place), environment=around, stdout=subprocess.DEVNULL
        )
        self.said: list[str] = []
        self._heard = threading.Thread(target=self._hear, daemon=True)
        self._heard.start()

    def _hear(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line.decode().rstrip())

    def wait_for(self, true: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < until, self.said
            assert self.process.poll() is None or true(), self.said
            time.sleep(0.02)

    def says(self, text: str) -> None:
        self.wait_for(lambda: any(text in line for line in self.said))

    def ended(self) -> int:
        """The exit code, once it has ended by itself or was told to."""
        code = self.process.wait(PATIENCE)
        self._heard.join(PATIENCE)
        assert not any("Traceback" in line for line in self.said), self.said
        return code

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.ended()


@contextmanager
def running(*words: str, place: Path, **environment: str) -> Iterator[Running]:
    """Start it, and leave nothing of it behind."""
    it = Running(words, place, environment)
    try:
        yield it
    finally:
        it.process.kill()
        it.process.wait()
        it._heard.join(PATIENCE)
        assert it.process.stderr is not None
        it.process.stderr.close()
