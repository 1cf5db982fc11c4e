"""Need-to-know: what of a case a person reads, by relation (DOMAIN section 5).

The Fachkraft reads the whole; whoever supports the family reads the package handed over and their own words, never
the earlier history nor the referrer; the ASD reads what led to the notice; a supervisor reads who did what and when,
without content; a partner its own referral; an adviser indications and age, a coordinator the concern, both without
names. `tests/scenarios/test_who_sees_what.py` tells it as a day.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from states.vocabulary import Command, Obligation
from workflow.access import CARRIES, READS_WHOLE, Relation, relations
from workflow.case import Case, Child, ConsentKind, Duty, Family, HandoverStatus, Package, Source
from workflow.feedback import reads_report
from workflow.office import Directory, Moment, OpeningKind, Person
from workflow.pseudonym import hidden, pseudonym, without_names
from workflow.value import changed

OF_DANGER = frozenset(
    {
        Command.TRIAGE_YES,
        Command.RAISE_CONCERN,
        Command.ASSESS_RISK_YES,
        Command.ASSESS_RISK_NO,
        Command.INVOLVE_FAMILY,
        Command.ESCALATE,
        Command.ESCALATE_URGENT,
        Command.COMPLETE_RECORD,
        Command.CONFIRM_RECEIPT,
        Command.ASK,
        Command.REPLY,
        Command.REPORT,
    }
)
_INDICATIONS = frozenset(
    {
        Command.TRIAGE_YES,
        Command.RAISE_CONCERN,
        Command.ASSESS_RISK_YES,
        Command.ASSESS_RISK_NO,
        Command.INVOLVE_FAMILY,
    }
)
"""What an adviser reads of: what was observed and weighed, not whom it was told."""
_PACKED: Mapping[Package, tuple[str, ...]] = {
    Package.CONTACT: ("surname", "first_name", "phone", "language"),
    Package.ADDRESS: ("street", "postcode"),
    Package.CONCERN: ("concern",),
    Package.CHILD: (),
}


@dataclass(frozen=True, slots=True)
class Sight:
    """What one person sees of one case.

    `package` are the fields of the family; `own_words` names whose entries come with content, `danger` opens those
    that led to the notice, `metadata` all of them without content. `every_duty`, `waits_for` and `recipient` say
    which obligations are theirs to see; `referrer` that they know where the referral came from, and `status` that
    the family lets them know how it went (the fourth consent); `report` that they read what the ASD says of a
    notice. `concern` opens the concern without names, `pseudonym`
    is what the case is called where indications and age are all that is read of it.
    """

    package: frozenset[Package] = frozenset()
    whole: bool = False
    own_words: str | None = None
    danger: bool = False
    metadata: bool = False
    every_duty: bool = False
    waits_for: frozenset[str] = frozenset()
    recipient: str | None = None
    referrer: bool = False
    status: bool = False
    report: bool = False
    concern: bool = False
    pseudonym: str = ""

    @property
    def hides_state(self) -> bool:
        """Whether this person knows of their own referral and may not know what became of it."""
        more = self.whole or self.status or self.metadata or self.danger or self.recipient
        return self.referrer and not more

    @property
    def by_reference(self) -> bool:
        """Whether this person knows the case as their own referral alone: by Kennzeichen, never by its number."""
        more = self.whole or self.metadata or self.danger or self.recipient or self.every_duty
        return self.referrer and not more

    @property
    def nothing(self) -> bool:
        """Whether this person reads nothing: they know at most that there was a case of this number."""
        return self == Sight()

    @property
    def opens_family(self) -> bool:
        """Whether the family's data have to be decrypted at all."""
        return self.whole or bool(self.package) or self.concern or bool(self.pseudonym)

    def family(self, family: Family) -> Family:
        """The family as far as this person may read it."""
        if self.whole:
            return family
        fields = [name for part in self.package for name in _PACKED[part]]
        read = {name: getattr(family, name) for name in fields}
        if self.concern:
            read.setdefault("concern", without_names(family.concern, family))
        return Family(**read)

    def owed(self, duty: Duty) -> bool:
        """Whether this obligation concerns the person: all of them, those that wait for them, their own support."""
        return self.every_duty or duty.obligation in self.waits_for or self._theirs(duty.recipient)

    def _theirs(self, recipient: str | None) -> bool:
        return self.metadata or (recipient is not None and recipient == self.recipient)

    def case(self, case: Case) -> Case:
        """The case without what is not theirs to read: dates, words, referrer, the way here, others' handovers."""
        if self.whole:
            return case
        if self.pseudonym and not (self.package or self.metadata or self.recipient or self.danger):
            return nameless(case, self.pseudonym)
        if self.hides_state or self.nothing:
            case = changed(case, state="", version=0, responsible=None, closed_reason=None, moved_at=None)
        if self.nothing:
            case = changed(case, district="")
        case = self._told(case)
        return changed(
            case,
            source=case.source if self.metadata or self.referrer else Source(""),
            child=case.child if Package.CHILD in self.package else Child(),
            marks=case.marks if self.metadata else {},
            anchors={},
            consents=tuple(
                changed(each, giver="", evidence="", oral_reason="", purpose="")
                for each in case.consents
                if self._theirs(each.recipient)
            ),
            handovers=tuple(each for each in case.handovers if self._theirs(each.recipient)),
            attempts=case.attempts if self.metadata else (),
            duties=tuple(each for each in case.duties if self.owed(each)),
            coming=tuple(each for each in case.coming if self.owed(each)),
            letter_sent_at=None,
            escalated_to=case.escalated_to if self.danger else "",
            tasks=(),
        )

    def _told(self, case: Case) -> Case:
        """What went between the house, the referrer and the ASD, to whom it concerns."""
        asked, notice = self.metadata or self.referrer, self.metadata or self.danger
        return changed(
            case,
            queried_at=case.queried_at if asked else None,
            referral_withdrawn_at=case.referral_withdrawn_at if asked else None,
            escalated_at=case.escalated_at if notice else None,
            escalated_urgently=case.escalated_urgently and notice,
            report=case.report if notice or self.report else None,
        )

    def entry(
        self, a: Mapping[str, object], b: Mapping[str, object] | None, family: Family | None = None
    ) -> tuple[Mapping[str, object], Mapping[str, object] | None] | None:
        """One entry of the log as this person may read it, or None; `family` is whose names are to be hidden."""
        if self.whole or (self.own_words is not None and a.get("actor") == self.own_words):
            return a, b
        if self.danger and a.get("action") in OF_DANGER and a.get("outcome") == "done":
            return a, b
        if self.metadata:
            return a, None
        if self.pseudonym and a.get("action") in _INDICATIONS and a.get("outcome") == "done":
            told = {name: a[name] for name in ("action", "outcome", "at") if name in a}
            return told, hidden(b, family) if b and family is not None else None
        return None


def nameless(case: Case, called: str) -> Case:
    """Nothing of a case but how it is called here, and where it stands."""
    return Case(
        called, called, case.profile, case.profile_version, case.state, case.version, Source(""),
        case.received_on, case.opened_at,
    )  # fmt: skip


def sight_of(person: Person, case: Case, directory: Directory, moment: Moment) -> Sight:
    """What this person sees of this case, over all relations in which they stand to it."""
    sight = Sight()
    for _, relation in relations(person, case, directory, moment):
        if relation in READS_WHOLE:
            sight = changed(sight, whole=True, every_duty=sight.every_duty or relation in CARRIES)
        elif relation is Relation.UNASSIGNED:
            sight = changed(sight, every_duty=True)
        elif relation in (Relation.ASKED, Relation.SUPPORTING) and person.recipient is not None:
            handover = case.handover_to(person.recipient, HandoverStatus.ACCEPTED)
            package = _covered(case, person.recipient, moment) & frozenset(
                handover.package if handover else ()
            )
            words = person.id if handover else sight.own_words
            sight = changed(
                sight, package=sight.package | package, own_words=words, recipient=person.recipient
            )
        elif relation is Relation.REFERRER:
            told = any(c.valid_on(moment.real_day) for c in case.consents_for(ConsentKind.FEEDBACK))
            sight = changed(sight, status=sight.status or told)
            sight = changed(sight, report=reads_report(case, directory, moment.real_day) is not None)
            sight = changed(sight, referrer=True, waits_for=sight.waits_for | {Obligation.CONSENT})
        elif relation is Relation.NOTIFIED:
            package = frozenset(case.told)
            waits = sight.waits_for | {Obligation.RECEIPT, Obligation.FEEDBACK, Obligation.QUESTION}
            sight = changed(sight, package=sight.package | package, danger=True, waits_for=waits)
        elif relation is Relation.OFFICE:
            sight = changed(sight, metadata=True, every_duty=True)
        elif relation is Relation.INVITED:
            sight = changed(sight, concern=True)
        elif relation is Relation.ADVISING:
            opened = directory.opened_to(person.id, case.id, moment.real_at)
            advice = min(each.id for each in opened if each.kind is OpeningKind.ADVICE)
            sight = changed(sight, pseudonym=pseudonym(advice))
    return sight


def _covered(case: Case, recipient: str, moment: Moment) -> frozenset[Package]:
    """What the family lets this recipient have on this day."""
    consents = [c for c in case.consents_for(ConsentKind.HANDOVER, recipient) if c.valid_on(moment.real_day)]
    return frozenset(part for consent in consents for part in consent.scope)
