"""The sheet for a family: who got which of its data (Art. 15 DSGVO), as an accessible PDF (PDF/UA-1).

Typst lays it out from the template beside this module, with the fonts it carries itself; the same content gives the
same bytes. Proven by reading it again with another program (`tests/documents/test_sheet.py`).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.resources import files

from adapters.documents import qr

TEMPLATE = "disclosures.typ"
_LATIN_ENDS = 0x0250
"""Every letter before it is in the fonts: what European names are written with."""
_SHOWN = {sign: sign for sign in "–—„“”‚‘’…·•"}


@dataclass(frozen=True, slots=True)
class Line:
    """One disclosure as it is read: when, to whom, which data, why, on which basis, by which way, until when."""

    at: str
    to: str
    data: Sequence[str]
    purpose: str
    basis: str
    channel: str
    until: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """Who opened the case, and on which day."""

    at: str
    who: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that stands on the sheet; `entry` is the number under which making it stands in the log `origin`.

    No sheet is made while anything waits for a person's review; `reviewer` names who has reviewed, in the dative, and
    is empty where there was nothing to review. `note` is the signed checkpoint. `accesses` is None where they were not
    asked for.
    """

    name: str
    office: str
    made_on: str
    made_at: datetime
    lines: Sequence[Line]
    accesses: Sequence[Opened] | None
    reviewer: str
    erased: bool
    origin: str
    entry: int
    note: bytes


def pdf(sheet: Sheet) -> bytes:
    """Lay the sheet out; a sign that no font here can show stands as a question mark."""
    from typst import TypstError  # noqa: PLC0415 - the typesetter is large, and only this needs it

    told = {name: value for name, value in asdict(sheet).items() if name not in ("note", "made_at")}
    told["note"] = sheet.note.decode()
    told["qr"] = qr.svg(sheet.note).decode()
    text = json.dumps(told, ensure_ascii=False)
    try:
        return _laid_out(text, sheet.made_at)
    except TypstError:
        return _laid_out(
            "".join(sign if ord(sign) < _LATIN_ENDS else _SHOWN.get(sign, "?") for sign in text),
            sheet.made_at,
        )


def _laid_out(text: str, at: datetime) -> bytes:
    import typst  # noqa: PLC0415 - as above

    return typst.compile(
        files(__package__).joinpath(TEMPLATE).read_bytes(),
        ignore_system_fonts=True,
        sys_inputs={"sheet": text},
        pdf_standards="ua-1",
        format="pdf",
        timestamp=int(at.timestamp()),
    )
