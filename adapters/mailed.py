"""`mailed.json` beside the notary's file: when each recipient's checkpoint was last written and last taken by the server.

The outbox lies in the database, and who has that could date a letter ahead, call it sent or delete it; here he cannot
write. So a letter that is gone is written again, and silence is noticed (`tests/mail/test_checkpoint_mail.py`).
"""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import orjson

from adapters.settings import Settings
from audit import durable

_NAME = "mailed.json"


@dataclass(frozen=True, slots=True)
class Mailed:
    """What became of one recipient's checkpoints. Times are Unix milliseconds.

    `begun_at` is when the first was written, `written_at` the last, `letter` its id in the outbox, empty once the server
    has taken it; `taken_at` says when that last happened, None where it never has.
    """

    begun_at: int
    written_at: int
    letter: str = ""
    taken_at: int | None = None


class MailedFile:
    """The file of these settings; one that cannot be read counts as none, so that mail goes out rather than not."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.notary.with_name(_NAME)

    def read(self) -> dict[str, Mailed]:
        """By recipient."""
        try:
            told = orjson.loads(self._path.read_bytes())
            found = {str(name): Mailed(**each) for name, each in told.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}
        return {name: each for name, each in found.items() if _is_sound(each)}

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from mailing meanwhile; not to be entered twice, also not by `taken`."""
        with self._path.with_name(f"{_NAME}.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def write(self, mailed: Mapping[str, Mailed]) -> None:
        """Keep it, durably. Within `alone`."""
        lines = {name: asdict(each) for name, each in mailed.items()}
        durable.put(self._path, orjson.dumps(lines, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))

    def taken(self, letter: str, now_ms: int) -> None:
        """Note that the mail server has taken this letter."""
        with self.alone():
            mailed = self.read()
            for name, each in mailed.items():
                if each.letter == letter:
                    self.write({**mailed, name: Mailed(each.begun_at, each.written_at, "", now_ms)})
                    return


def _is_sound(mailed: Mailed) -> bool:
    times = (mailed.begun_at, mailed.written_at, mailed.taken_at or 0)
    return all(type(time) is int for time in times) and isinstance(mailed.letter, str)
