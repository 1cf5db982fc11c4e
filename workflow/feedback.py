"""Who reads what the ASD says of a notice: a referrer bound by professional secrecy by law, any other by consent.

§ 4 (4) KKG speaks of the persons of its paragraph 1. Which kinds of referrer these are is a closed list: by the
register of institutions where the referrer stands in it, else by the kind named at the receipt; where the law asks
for a recognition that a word cannot show (advice centres, social work), only the register says it. Whether there is
anything to tell decides the ASD, by telling it. `tests/workflow/test_feedback.py` tries every kind and consent.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from workflow.case import Case, ConsentKind
from workflow.institutions import institution_of
from workflow.intake.source import SourceKind, read_source
from workflow.office import Directory

BOUND_BY_SECRECY: Mapping[SourceKind, str] = {
    SourceKind.BIRTH_CLINIC: "§ 4 Abs. 1 Nr. 1 KKG",
    SourceKind.MIDWIFE: "§ 4 Abs. 1 Nr. 1 KKG",
    SourceKind.PAEDIATRICIAN: "§ 4 Abs. 1 Nr. 1 KKG",
    SourceKind.GYNAECOLOGIST: "§ 4 Abs. 1 Nr. 1 KKG",
    SourceKind.DOCTOR: "§ 4 Abs. 1 Nr. 1 KKG",
    SourceKind.HEALTH_PROFESSION: "§ 4 Abs. 1 Nr. 1 KKG",
    SourceKind.PSYCHOLOGIST: "§ 4 Abs. 1 Nr. 2 KKG",
    SourceKind.FAMILY_COUNSELLING: "§ 4 Abs. 1 Nr. 3 KKG",
    SourceKind.ADDICTION_COUNSELLING: "§ 4 Abs. 1 Nr. 4 KKG",
    SourceKind.PREGNANCY_COUNSELLING: "§ 4 Abs. 1 Nr. 5 KKG",
    SourceKind.SOCIAL_WORK: "§ 4 Abs. 1 Nr. 6 KKG",
    SourceKind.SCHOOL: "§ 4 Abs. 1 Nr. 7 KKG",
}
"""Not here, so only with the family's consent: Kita (§ 8a (4) SGB VIII), Jugendamt, other advice centres, others."""
_RECOGNISED = frozenset(
    {SourceKind.ADDICTION_COUNSELLING, SourceKind.PREGNANCY_COUNSELLING, SourceKind.SOCIAL_WORK}
)
"""What only the register says: the law asks for a recognition."""


class Reads(StrEnum):
    """On which ground a referrer reads the ASD's word."""

    BY_LAW = "by_law"
    BY_CONSENT = "by_consent"


def kind_of(case: Case, directory: Directory) -> SourceKind:
    """The kind of the referrer: as the register has it, else as the receipt named it."""
    known = institution_of(directory, case.source.institution)
    return read_source(known.kind if known is not None else case.source.kind)


def bound_by_secrecy(case: Case, directory: Directory) -> bool:
    """Whether the referrer is one of § 4 (1) KKG."""
    if not case.source.by_partner:
        return False
    kind = kind_of(case, directory)
    registered = institution_of(directory, case.source.institution) is not None
    return kind in BOUND_BY_SECRECY and (registered or kind not in _RECOGNISED)


def reads_report(case: Case, directory: Directory, day: date) -> Reads | None:
    """On which ground the referrer may read the ASD's word on this local day, or None."""
    if bound_by_secrecy(case, directory):
        return Reads.BY_LAW
    told = any(consent.valid_on(day) for consent in case.consents_for(ConsentKind.FEEDBACK))
    return Reads.BY_CONSENT if told and case.source.by_partner else None
