"""Scenario: a mother asks who got which of her data (Art. 15 DSGVO), and Leitung looks how handovers went."""

from tests.people import ASD, CLINIC, MIDWIFE, SECOND_MIDWIFE, WORKER
from tests.recorded import recorded
from tests.scenarios.day import C, Day, Story
from workflow.calendar import BERLIN
from workflow.disclosures import Told, disclosures
from workflow.handover_chains import chains

REQUEST = "Anfrage ohne Namen: Aktenzeichen, Stadtteil, Tag der Meldung, Einwilligung"
AGE = ", Alter des Kindes oder Monat der Entbindung"
DANGER = "Anhaltspunkte und Einschätzung einer Gefährdung, Aktenzeichen, Stadtteil, Tag der Meldung"


def told(case: Story) -> list[str]:
    """What the mother reads: when, to whom, what, until when."""
    lines = []
    for each in disclosures(recorded(case.log()), case.id):
        to = each.recipient.id or each.recipient.institution or each.recipient.role
        data = ", ".join(Told(part).label for part in each.data)
        until = f" bis {each.until.astimezone(BERLIN):%d.%m.}" if each.until else ""
        lines.append(f"{each.at.astimezone(BERLIN):%d.%m.} {to}: {data}{until}")
    return lines


def story(day: Day) -> Story:
    """Frau Storch has no room, Frau Yıldız comes; in May a neighbour is worried; in June it ends well."""
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral(institution=CLINIC)
    for command in (C.TRIAGE_NO, C.CHECK_CONSENT_YES, C.REACH_FAMILY, C.RECORD_FEEDBACK):
        case.step(command)
    day.it_is("Di 10.03.2026 11:00")
    for midwife, fields in ((SECOND_MIDWIFE, ("contact",)), (MIDWIFE, ("contact", "child"))):
        case.step(C.RECORD_CONSENT_FOR, to=midwife, fields=fields)
    case.step(C.PROPOSE_HANDOVER, to=SECOND_MIDWIFE, fields=("contact",))
    day.it_is("Mi 11.03.2026 08:00")
    case.step(C.DECLINE, by=SECOND_MIDWIFE)
    case.step(C.PROPOSE_HANDOVER, to=MIDWIFE, fields=("contact", "child"))
    day.it_is("Do 12.03.2026 10:00")
    case.step(C.ACCEPT, by=MIDWIFE)
    day.it_is("Mi 06.05.2026 15:00")
    case.step(C.TRIAGE_YES)
    case.step(C.ESCALATE_URGENT, channel="phone", fields=("contact",))
    day.it_is("Mi 06.05.2026 15:30")
    case.step(C.CONFIRM_RECEIPT, by=ASD)
    case.step(C.COMPLETE_RECORD)
    day.it_is("Fr 08.05.2026 09:00")
    case.step(C.RETURN_CASE_SUPPORT, by=ASD)
    day.it_is("Mo 01.06.2026 09:00")
    case.step(C.END_SUPPORT, by=MIDWIFE)
    return case


def test_the_mother_learns_of_everybody_who_got_something_and_until_when(day: Day) -> None:
    case = story(day)
    assert told(case) == [
        "09.03. Klinikum Nordstadt: Stand des Falls",
        f"10.03. storch: {REQUEST} bis 11.03.",
        f"11.03. yildiz: {REQUEST}{AGE} bis 01.06.",
        "12.03. yildiz: Geburtsdatum oder Entbindungstermin des Kindes, Kontakt (Name, Telefon, Sprache) bis 01.06.",
        f"06.05. asd_worker: Kontakt (Name, Telefon, Sprache), {DANGER} bis 08.05.",
        f"06.05. asd_worker: {DANGER} bis 08.05.",
    ]


def test_a_withdrawal_stops_the_clinic_and_the_midwife_at_once_and_is_told_to_her(day: Day) -> None:
    day.it_is("Mo 09.03.2026 09:00")
    case = day.referral(institution=CLINIC)
    for command in (C.TRIAGE_NO, C.CHECK_CONSENT_YES, C.REACH_FAMILY, C.RECORD_FEEDBACK):
        case.step(command)
    for command in (C.RECORD_CONSENT_FOR, C.PROPOSE_HANDOVER):
        case.step(command, to=MIDWIFE)
    day.it_is("Di 10.03.2026 16:00")
    case.step(C.WITHDRAW_CONSENT, by=WORKER, said_by="Mutter")
    assert told(case) == [
        "09.03. Klinikum Nordstadt: Stand des Falls bis 10.03.",
        f"09.03. yildiz: {REQUEST}{AGE} bis 10.03.",
        "10.03. yildiz: Hinweis, dass kein Kontakt mehr gewünscht ist",
    ]


def test_leitung_reads_both_questions_and_both_answers(day: Day) -> None:
    case = story(day)
    first, second = chains(recorded(case.log()))
    assert [(c.recipient, str(c.status), c.package) for c in (first, second)] == [
        ("storch", "declined", ("contact",)),
        ("yildiz", "ended", ("child", "contact")),
    ]
    assert first.answer is not None
    assert second.end is not None
    assert f"{first.answer.said_at.astimezone(BERLIN):%d.%m.%Y %H:%M}" == "11.03.2026 08:00"
    assert [entry.action for entry in second.entries] == [C.PROPOSE_HANDOVER, C.ACCEPT, C.END_SUPPORT]
    assert not first.overdue_on(day.world.day)
