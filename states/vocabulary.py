"""The words of the process: states, roles, facts, commands, obligations, each with the German a person reads.

Identifiers are the field's words in English, values are stable names for files and logs. Every set is closed:
a profile adds states, steps and facts of its own beside these, never inside them. Proven complete by
tests/states/test_vocabulary.py.
"""

from enum import StrEnum
from typing import Self

PER_RECIPIENT = ":r"


class _Word(StrEnum):
    """A named thing with a German label."""

    _german: str

    def __new__(cls, value: str, label: str = "") -> Self:
        word = str.__new__(cls, value)
        word._value_ = value
        word.__dict__["_german"] = label
        return word

    @property
    def label(self) -> str:
        """German, as it stands on a screen or a sheet."""
        return self._german

    @property
    def per_recipient(self) -> bool:
        """Whether the word speaks of one named recipient (`…:r`)."""
        return self.value.endswith(PER_RECIPIENT)


class State(_Word):
    """Where a case stands. Profiles may add states, so a state is annotated as plain `str` elsewhere."""

    RECEIVED = "received", "Eingegangen"
    CONSENT_PENDING = "consent_pending", "Einwilligung ungeklärt"
    CONSENT_CHECKED = "consent_checked", "Einwilligung geprüft, Erstkontakt offen"
    IN_CONTACT = "in_contact", "Im Kontakt, Klärung"
    HANDOVER_PROPOSED = "handover_proposed", "Übergabe angefragt"
    HANDED_OVER = "handed_over", "Übergeben, in Begleitung"
    ESCALATED = "escalated", "An den ASD übergeben"
    CLOSED = "closed", "Abgeschlossen"


OURS: tuple[State, ...] = (
    State.RECEIVED,
    State.CONSENT_PENDING,
    State.CONSENT_CHECKED,
    State.IN_CONTACT,
    State.HANDOVER_PROPOSED,
    State.HANDED_OVER,
)
OPEN: tuple[State, ...] = (*OURS, State.ESCALATED)


class Role(_Word):
    """Who acts. `recipient` stands for whichever of the three professions a case is offered to."""

    CASE_WORKER = "case_worker", "Fachkraft Frühe Hilfen"
    DEPUTY = "deputy", "Vertretung"
    NETWORK_COORDINATOR = "network_coordinator", "Netzwerkkoordination"
    FAMILY_MIDWIFE = "family_midwife", "Familienhebamme"
    FAMILY_NURSE = "family_nurse", "Familienkinderkrankenschwester"
    FAMILY_VOLUNTEER = "family_volunteer", "Familienpatin oder Familienpate"
    PARTNER = "partner", "Kooperationspartner"
    CHILD_PROTECTION_ADVISER = "child_protection_adviser", "insoweit erfahrene Fachkraft"
    ASD_WORKER = "asd_worker", "ASD"
    SUPERVISOR = "supervisor", "Leitung"
    PLANNER = "planner", "Jugendhilfeplanung"
    DPO = "dpo", "Datenschutzbeauftragte"
    ADMIN = "admin", "IT"
    CLOCK = "clock", "Fristenuhr"
    RECIPIENT = "recipient", "Empfangende Stelle"


RECIPIENT_ROLES: frozenset[Role] = frozenset({Role.FAMILY_MIDWIFE, Role.FAMILY_NURSE, Role.FAMILY_VOLUNTEER})


class Fact(_Word):
    """What is true of a case, as far as a step may depend on it. Only commands write facts."""

    BY_PARTNER = "by_partner", "Meldung durch einen Kooperationspartner"
    CONSENT = "consent", "Einwilligung in den Kontakt"
    WITHDRAWN = "withdrawn", "Ablehnung oder Widerruf der Familie, oder Rückzug der Meldung"
    CONSENT_FOR = "consent:r", "Einwilligung in die Übergabe an diese Stelle"
    OFFERED = "offered:r", "offene Übergabeanfrage"
    HANDED = "handed:r", "laufende Begleitung"
    LOOKED = "looked", "aktuelle Ersteinschätzung, ob das Kind in Gefahr ist"
    ATTEMPTED = "attempted", "Kontaktversuch"
    REACHED = "reached", "Kontakt mit der Familie"
    DANGER = "danger", "offene Gefährdung"
    ASSESSED = "assessed", "Gefährdungseinschätzung zu zweit oder mit insoweit erfahrener Fachkraft"
    INFORMED = "informed", "Beteiligung von Eltern und Kind (oder Grund, warum nicht)"
    OWED = "owed", "ausstehende Dokumentation der Eilmeldung"
    RECEIPT = "receipt", "Empfangsbestätigung des ASD"
    ASKED = "asked", "offene Rückfrage des ASD"
    ELIGIBLE = "eligible:r", "Zuständigkeit der Stelle nach Alter des Kindes, Beruf und Vereinbarung"


class Command(_Word):
    """What a person (or the clock) may do. A closed list; profiles add only steps of the kind `step`."""

    RECEIVE_SELF = "receive(self)", "Familie meldet sich selbst"
    RECEIVE_CONSENT = "receive(consent)", "Meldung durch Partner, Einwilligung liegt vor"
    RECEIVE_UNCLEAR = "receive(unclear)", "Meldung durch Partner, Einwilligung unklar"
    TRIAGE_NO = "triage(no)", "Ersteinschätzung: kein Anhaltspunkt für Gefährdung"
    TRIAGE_YES = "triage(yes)", "Ersteinschätzung: Gefährdung möglich"
    RAISE_CONCERN = "raise_concern", "Sorge um das Kind melden"
    ASSESS_RISK_NO = "assess_risk(no)", "Gefährdungseinschätzung: keine Gefährdung"
    ASSESS_RISK_YES = "assess_risk(yes)", "Gefährdungseinschätzung: Gefährdung"
    INVOLVE_FAMILY = "involve_family", "Eltern und Kind beteiligt, oder warum nicht"
    ESCALATE = "escalate", "An den ASD mitteilen"
    ESCALATE_URGENT = "escalate(urgent)", "Eilmeldung an den ASD"
    COMPLETE_RECORD = "complete_record", "Dokumentation nachholen"
    CONFIRM_RECEIPT = "confirm_receipt", "Empfang durch den ASD bestätigen"
    ASK = "ask", "Rückfrage des ASD"
    REPLY = "reply", "Rückfrage des ASD beantwortet"
    REPORT = "report", "Rückmeldung des ASD an die meldende Stelle"
    RETURN_CASE = "return_case", "Rückmeldung des ASD: zurück an Frühe Hilfen"
    RETURN_CASE_SUPPORT = "return_case(support)", "Rückmeldung des ASD: Begleitung läuft weiter"
    RECORD_CONSENT = "record_consent", "Einwilligung der Familie erfassen"
    RECORD_CONSENT_PARTNER = "record_consent(partner)", "Einwilligung vom Partner nachgereicht"
    RECORD_CONSENT_FOR = "record_consent:r", "Einwilligung in die Übergabe erfassen"
    RECORD_RELEASE = "record_consent(release)", "Schweigepflichtentbindung des Partners erfassen"
    RECORD_FEEDBACK = "record_consent(feedback)", "Einwilligung in die Rückmeldung an den Partner erfassen"
    REFUSE_CONSENT = "refuse_consent", "Ablehnung der Familie erfassen"
    WITHDRAW_CONSENT = "withdraw_consent", "Widerruf der Familie erfassen"
    WITHDRAW_CONSENT_FOR = "withdraw_consent:r", "Widerruf für diese Stelle erfassen"
    WITHDRAW_REFERRAL = "withdraw_referral", "Irrtümliche Meldung zurückziehen"
    WITHDRAW_FEEDBACK = "withdraw_consent(feedback)", "Widerruf der Rückmeldung an den Partner erfassen"
    CHECK_CONSENT_YES = "check_consent(yes)", "Einwilligung geprüft: liegt vor"
    CHECK_CONSENT_NO = "check_consent(no)", "Einwilligung geprüft: nicht belegt"
    QUERY_CONSENT = "query_consent", "Beim Partner nach der Einwilligung fragen"
    ATTEMPT_CONTACT = "attempt_contact", "Kontaktversuch, nicht erreicht"
    REACH_FAMILY = "reach_family", "Kontakt hergestellt"
    PROPOSE_HANDOVER = "propose_handover:r", "Übergabe anfragen"
    ACCEPT = "accept:r", "Übergabe annehmen"
    DECLINE = "decline:r", "Übergabe ablehnen"
    REVOKE = "revoke:r", "Übergabeanfrage zurückziehen"
    END_SUPPORT = "end_support:r", "Begleitung beenden"
    REVIEW = "review:r", "Begleitung überprüft"
    CLOSE = "close", "Abschließen"
    REOPEN = "reopen", "Wiederaufnehmen"
    NOTE = "note", "Notieren"
    CORRECT = "correct", "Berichtigen"
    ASSIGN = "assign", "Zuweisen"
    FLAG_OVERDUE = "flag_overdue", "Als überfällig markieren"


class Obligation(_Word):
    """What the office owes until it is done; each carries a deadline (days stand in the profile)."""

    FIRST_CONTACT = "first_contact", "Erstkontakt"
    REACH = "reach", "Familie erreichen"
    CONSENT = "consent", "Einwilligung klären"
    WIND_UP = "wind_up", "Fall nach Ablehnung oder Widerruf beenden"
    CLARIFY = "clarify", "Bedarf klären"
    ANSWER = "answer:r", "Antwort auf die Übergabeanfrage"
    SUPPORT = "support:r", "Begleitung beenden oder neu vereinbaren"
    REVIEW = "review:r", "Begleitung überprüfen"
    DANGER = "danger", "Gefährdung klären"
    RECEIPT = "receipt", "Empfangsbestätigung des ASD"
    FEEDBACK = "feedback", "Rückmeldung des ASD"
    QUESTION = "question", "Rückfrage des ASD beantworten"
    RECORD = "record", "Dokumentation der Eilmeldung"


LAPSE = "lapse"
"""The pseudo-event of time: a consent has expired. No role enters it, it never moves a case."""

FORMER: dict[str, str] = {"review_again:r": Command.REVIEW.value}
"""Commands and obligations of earlier versions, by what they are called today: old records and logs name them."""
FORMER_FACTS = ("to_review:", "to_review_again:")
"""How facts begin that earlier versions wrote and that nothing depends on any more."""
