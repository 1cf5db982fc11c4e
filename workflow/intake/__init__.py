"""Reading a referral list: what a partner's row says, what is wrong with it, and what becomes of it.

Pure: cells go in, judged rows come out; files, encodings and delimiters are for `adapters.intake`. Each part is loaded
when it is first asked for: all need to know what a source is, few ever read a list. Proven by `tests/intake`: every line
of a clinic's list by hand, tables of wordings and dates, the order of judgement.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workflow.intake.consent import ConsentWord, read_consent
    from workflow.intake.danger import sign_of_danger
    from workflow.intake.fault import Fault
    from workflow.intake.judgement import Judgement, faults_at, identity_material, judge
    from workflow.intake.moment import read_day, read_moment
    from workflow.intake.row import Row, read_row
    from workflow.intake.source import SourceKind, read_source

__all__ = [
    "ConsentWord",
    "Fault",
    "Judgement",
    "Row",
    "SourceKind",
    "faults_at",
    "identity_material",
    "judge",
    "read_consent",
    "read_day",
    "read_moment",
    "read_row",
    "read_source",
    "sign_of_danger",
]
_PARTS = {
    "consent": ("ConsentWord", "read_consent"),
    "danger": ("sign_of_danger",),
    "fault": ("Fault",),
    "judgement": ("Judgement", "faults_at", "identity_material", "judge"),
    "moment": ("read_day", "read_moment"),
    "row": ("Row", "read_row"),
    "source": ("SourceKind", "read_source"),
}
_PART_OF = {name: part for part, names in _PARTS.items() for name in names}


def __getattr__(name: str) -> object:
    part = _PART_OF.get(name)
    if part is None:
        raise AttributeError(name)
    found: object = getattr(import_module(f"{__name__}.{part}"), name)
    globals()[name] = found
    return found
