"""Which cases were erased, as `erasures.json` beside the keys has it: whoever puts their rows back opens nothing.

The list is read again when the file has moved. Proven by `tests/system/test_erased_put_back.py`.
"""

from pathlib import Path

import orjson

_Mark = tuple[int, int, int]


class ErasedHere:
    """The ids of erased cases, by the file at this path; none where it is not there or cannot be read.

    A file that cannot be read is told by `lotse doctor` and by everything that adds to it, and locks up no office.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mark: _Mark | None = None
        self._cases: frozenset[str] = frozenset()

    def __call__(self) -> frozenset[str]:
        """The ids as they stand now."""
        try:
            at = self._path.stat()
        except OSError:
            return self._cases
        mark = (at.st_mtime_ns, at.st_size, at.st_ino)
        if mark != self._mark:
            self._mark, self._cases = mark, self._read()
        return self._cases

    def _read(self) -> frozenset[str]:
        try:
            told = orjson.loads(self._path.read_bytes())["erased"]
            return frozenset(str(each["case"]) for each in told if "case" in each)
        except (OSError, ValueError, KeyError, TypeError):
            return self._cases
