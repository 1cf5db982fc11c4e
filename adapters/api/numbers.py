"""The number of a case as it stands in an address; what cannot be one is not found, and not repeated."""

import re
from typing import Annotated

from fastapi import Path

PATTERN = r"^(FH-[0-9]{4}-[0-9]{4,6}|B-[0-9a-f]{10})$"
"""A case's number, or the pseudonym under which it stands open to an adviser."""
Number = Annotated[str, Path(pattern=PATTERN, description="Fallnummer.", examples=["FH-2026-0042"])]
_PARTS = re.compile(r"FH-([0-9]{4})-([0-9]{4,6})")


def place(number: str) -> tuple[int, int]:
    """Year and running number: the order in which cases came in, which never changes; pseudonyms come first."""
    if number.startswith("B-"):
        return 0, int(number.removeprefix("B-"), 16)
    parts = _PARTS.fullmatch(number)
    assert parts is not None, "every case is numbered so"
    return int(parts[1]), int(parts[2])
