"""How long data are kept after their end: a term for each class of cases, for the quarantine, for the log of accesses.

The numbers are the network's choice, each with its source (DOMAIN section 7); a term without a number says that
nothing is due until the town sets one. A file without the table is from before it existed and has the base values.
`tests/states/test_retention_table.py` proves the bounds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from states.fields import Fields

MOST_DAYS = 366
MOST_YEARS = 30


class RetentionClass(StrEnum):
    """What is kept for how long. Every closed case belongs to exactly one of the first three."""

    NO_CONSENT = "no_consent"
    CLOSED = "closed"
    CHILD_PROTECTION = "child_protection"
    QUARANTINE = "quarantine"
    ACCESS_LOG = "access_log"

    @property
    def label(self) -> str:
        """The German name."""
        return {
            "no_consent": "ohne Einwilligung",
            "closed": "abgeschlossen",
            "child_protection": "Kinderschutz (§ 8a SGB VIII)",
            "quarantine": "Quarantäne",
            "access_log": "Zugriffe",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Term:
    """How long a class is kept: so many days or so many years; with neither nothing of it is ever due."""

    days: int | None
    years: int | None
    source: str

    @property
    def label(self) -> str:
        """The term in German."""
        if self.days is not None:
            return "1 Tag" if self.days == 1 else f"{self.days} Tage"
        if self.years is not None:
            return "1 Jahr" if self.years == 1 else f"{self.years} Jahre"
        return "nicht festgelegt"


Retention = Mapping[RetentionClass, Term]

BASE: Retention = MappingProxyType(
    {
        RetentionClass.NO_CONSENT: Term(
            30, None, "own: Daten ohne Einwilligung nur kurz; Art. 5 (1) e DSGVO"
        ),
        RetentionClass.CLOSED: Term(None, 3, "own: wie die regelmäßige Verjährung, § 195 BGB"),
        RetentionClass.CHILD_PROTECTION: Term(
            None, None, "own: nach dem Aktenplan des ASD, vor Ort zu wählen"
        ),
        RetentionClass.QUARANTINE: Term(30, None, "own: wie Daten ohne Einwilligung; Art. 5 (1) e DSGVO"),
        RetentionClass.ACCESS_LOG: Term(None, 2, "own: ganze Jahre; Art. 5 (1) e DSGVO"),
    }
)
"""What holds where a file says nothing; `default.toml` says the same (`tests/states/test_retention_table.py`)."""


def read_retention(fields: Fields) -> Retention:
    """Take the table [retention] of a profile: all classes or, in an older file, none. Raises BadProfile.

    A file from before the quarantine had a term has the base value for it.
    """
    if "retention" not in fields:
        return BASE
    table = fields.table("retention")
    terms = {
        each: _term(table.table(each.value), each)
        if each.value in table or each is not RetentionClass.QUARANTINE
        else BASE[each]
        for each in RetentionClass
    }
    table.done()
    return MappingProxyType(terms)


def _term(entry: Fields, of: RetentionClass) -> Term:
    days = entry.number("days", 1, MOST_DAYS) if "days" in entry else None
    years = entry.number("years", 1, MOST_YEARS) if "years" in entry else None
    source = entry.take("source", str)
    entry.done()
    if days is not None and years is not None:
        raise entry.fault("nennt Tage und Jahre; möglich ist nur eines von beiden")
    if days is None and years is None and of is not RetentionClass.CHILD_PROTECTION:
        raise entry.fault("„days“ oder „years“ fehlt")
    if days is not None and of is RetentionClass.ACCESS_LOG:
        raise entry.fault("Zugriffe werden nach ganzen Jahren gelöscht; möglich ist nur „years“")
    return Term(days, years, source)
