"""Who refers a family: the kinds of institution a list names under "Art der Stelle".

A family that comes by itself needs no consent to be contacted, so only wordings listed here count as that;
whatever is not listed is an institution of another kind, and needs consent.
"""

from enum import StrEnum
from functools import lru_cache

from workflow.intake.wording import fold, is_plain

_LONGEST = 80


class SourceKind(StrEnum):
    """The kind of referrer; `label` is what a person reads."""

    BIRTH_CLINIC = "birth_clinic"
    MIDWIFE = "midwife"
    PAEDIATRICIAN = "paediatrician"
    GYNAECOLOGIST = "gynaecologist"
    DAYCARE = "daycare"
    PREGNANCY_COUNSELLING = "pregnancy_counselling"
    DOCTOR = "doctor"
    HEALTH_PROFESSION = "health_profession"
    PSYCHOLOGIST = "psychologist"
    FAMILY_COUNSELLING = "family_counselling"
    ADDICTION_COUNSELLING = "addiction_counselling"
    SOCIAL_WORK = "social_work"
    SCHOOL = "school"
    ADVICE_CENTRE = "advice_centre"
    YOUTH_OFFICE = "youth_office"
    FAMILY = "family"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The German label."""
        return _LABELS[self]

    @property
    def is_family(self) -> bool:
        """Whether the family came by itself."""
        return self is SourceKind.FAMILY


_LABELS = {
    SourceKind.BIRTH_CLINIC: "Geburtsklinik",
    SourceKind.MIDWIFE: "Hebamme",
    SourceKind.PAEDIATRICIAN: "Kinderarzt",
    SourceKind.GYNAECOLOGIST: "Frauenarzt",
    SourceKind.DAYCARE: "Kita",
    SourceKind.PREGNANCY_COUNSELLING: "Schwangerschaftsberatung",
    SourceKind.DOCTOR: "Andere Arztpraxis",
    SourceKind.HEALTH_PROFESSION: "Anderer Heilberuf mit staatlich geregelter Ausbildung",
    SourceKind.PSYCHOLOGIST: "Psychologische Praxis",
    SourceKind.FAMILY_COUNSELLING: "Ehe-, Familien-, Erziehungs- oder Jugendberatung",
    SourceKind.ADDICTION_COUNSELLING: "Anerkannte Suchtberatungsstelle",
    SourceKind.SOCIAL_WORK: "Staatlich anerkannte Sozialarbeit",
    SourceKind.SCHOOL: "Schule",
    SourceKind.ADVICE_CENTRE: "Beratungsstelle",
    SourceKind.YOUTH_OFFICE: "Jugendamt",
    SourceKind.FAMILY: "Familie selbst",
    SourceKind.OTHER: "Andere Stelle",
}

_WORDINGS = {
    SourceKind.BIRTH_CLINIC: (
        "geburtsklinik|klinik|kinderklinik|frauenklinik|krankenhaus|entbindungsstation|wochenstation|"
        "geburtshilfe|kreisssaal|entbindungsklinik|neonatologie|geburtshaus|babylotse|babylotsin"
    ),
    SourceKind.MIDWIFE: (
        "hebamme|hebammen|hebammenpraxis|entbindungspfleger|familienhebamme|nachsorgehebamme|beleghebamme"
    ),
    SourceKind.PAEDIATRICIAN: (
        "kinderarzt|kinderaerztin|kinderarztpraxis|paediater|paediaterin|kinder und jugendarzt"
    ),
    SourceKind.GYNAECOLOGIST: (
        "frauenarzt|frauenaerztin|frauenarztpraxis|gynaekologe|gynaekologin|gynaekologie|gyn|"
        "gynaekologische praxis"
    ),
    SourceKind.DAYCARE: (
        "kita|kindertagesstaette|kindergarten|krippe|kinderkrippe|kindertagespflege|tagespflege|tagesmutter|"
        "familienzentrum|kindertageseinrichtung"
    ),
    SourceKind.PREGNANCY_COUNSELLING: (
        "schwangerschaftsberatung|schwangerenberatung|schwangerschaftskonfliktberatung|"
        "schwangerschaftsberatungsstelle|schwangerenberatungsstelle"
    ),
    SourceKind.DOCTOR: "arzt|aerztin|arztpraxis|hausarzt|hausaerztin|hausarztpraxis",
    SourceKind.FAMILY_COUNSELLING: (
        "erziehungsberatung|familienberatung|erziehungsberatungsstelle|familienberatungsstelle|eheberatung|"
        "jugendberatung"
    ),
    SourceKind.SCHOOL: "schule|grundschule|foerderschule",
    SourceKind.ADVICE_CENTRE: (
        "beratungsstelle|beratung|fruehberatung|suchtberatung|migrationsberatung|schuldnerberatung"
    ),
    SourceKind.YOUTH_OFFICE: "jugendamt|asd|allgemeiner sozialer dienst|bezirkssozialdienst|sozialer dienst",
    SourceKind.FAMILY: (
        "familie|familie selbst|familie selber|selbst|selber|selbstmelder|selbstmelderin|selbstmeldung|"
        "selbstmeldende|eltern|eltern selbst|elternteil|mutter|mutter selbst|vater|vater selbst|kindsmutter|"
        "kindsvater|kindesmutter|kindesvater|schwangere|schwangere selbst|werdende mutter|werdende eltern|"
        "sorgeberechtigte"
    ),
    SourceKind.OTHER: "andere|anderes|andere stelle|sonstige|sonstiges|sonstige stelle",
}
_KIND_OF = {wording: kind for kind, wordings in _WORDINGS.items() for wording in wordings.split("|")} | {
    fold(label): kind for kind, label in _LABELS.items()
}

_NAMES = frozenset(kind.value for kind in SourceKind) - {SourceKind.FAMILY.value}


@lru_cache(maxsize=512)
def _read(text: str) -> SourceKind:
    return _KIND_OF.get(fold(text), SourceKind.OTHER) if is_plain(text) else SourceKind.OTHER


def read_source(text: str) -> SourceKind:
    """Read the kind that a wording or a kind's own name means; what is blank or not understood is OTHER, never FAMILY."""
    if text in _NAMES:
        return SourceKind(text)
    return _read(text) if len(text) <= _LONGEST else SourceKind.OTHER
