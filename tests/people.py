"""Who works in the office of the tests, and whom a family can be handed to. All of them are invented."""

from datetime import date

from adapters.lotse import CLOCK
from states.vocabulary import Role
from workflow.case import Family
from workflow.office import Institution, Person, Recipient

CLINIC = "Klinikum Nordstadt"
PRACTICE = "Kinderarztpraxis Süd"

WORKER = Person("fachkraft", "Frau Muster", frozenset({Role.CASE_WORKER}))
COLLEAGUE = Person("kollegin", "Frau Beispiel", frozenset({Role.CASE_WORKER}))
DEPUTY = Person("vertretung", "Herr Probe", frozenset({Role.CASE_WORKER}))
"""Stands in for WORKER only where a test says from when to when (`World.substitute`)."""
MIDWIFE = Person("hebamme", "Frau Yıldız", frozenset({Role.FAMILY_MIDWIFE}), recipient="yildiz")
SECOND_MIDWIFE = Person("hebamme2", "Frau Storch", frozenset({Role.FAMILY_MIDWIFE}), recipient="storch")
NURSE = Person("famki", "Frau Pflaster", frozenset({Role.FAMILY_NURSE}), recipient="pflaster")
VOLUNTEER = Person("patin", "Frau Nachbar", frozenset({Role.FAMILY_VOLUNTEER}), recipient="nachbar")
PARTNER = Person("klinik", "Dr. Station", frozenset({Role.PARTNER}), institution=CLINIC)
OTHER_PARTNER = Person("praxis", "Dr. Wartezimmer", frozenset({Role.PARTNER}), institution=PRACTICE)
ASD = Person("asd", "Frau Dienst", frozenset({Role.ASD_WORKER}))
SUPERVISOR = Person("leitung", "Herr Überblick", frozenset({Role.SUPERVISOR}))
PLANNER = Person("planung", "Frau Zahl", frozenset({Role.PLANNER}))
GONE = Person("ehemalig", "Frau Früher", frozenset({Role.CASE_WORKER}), active=False)
PEOPLE = (
    WORKER, COLLEAGUE, DEPUTY, MIDWIFE, SECOND_MIDWIFE, NURSE, VOLUNTEER, PARTNER, OTHER_PARTNER, ASD,
    SUPERVISOR, PLANNER, GONE, CLOCK,
)  # fmt: skip
RECIPIENTS = (
    Recipient("yildiz", "Frau Yıldız", Role.FAMILY_MIDWIFE),
    Recipient("storch", "Frau Storch", Role.FAMILY_MIDWIFE),
    Recipient("pflaster", "Frau Pflaster", Role.FAMILY_NURSE),
    Recipient("nachbar", "Frau Nachbar", Role.FAMILY_VOLUNTEER),
)
INSTITUTIONS = (
    Institution("nordstadt", CLINIC, "birth_clinic", agreement="NV 2025/03", agreement_from=date(2025, 1, 1)),
    Institution("sued", PRACTICE, "paediatrician", agreement="NV 2025/07", agreement_from=date(2025, 1, 1)),
)
FAMILY = Family(
    "Musterfrau", "Mia", "0151 00000042", "Beispielweg 1", "59192", "deutsch", "Stillen klappt nicht"
)
