"""What a partner reads of its own referrals: the Kennzeichen, what it is asked, and the status as consent allows.

Never the number of the case (it counts the office's families), never the case. The ASD's word by law or consent
(`workflow.feedback`), the status by the family's fourth consent alone. Told in `tests/scenarios/test_a_clinics_day.py`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from states.vocabulary import Command, Obligation
from workflow.access import Relation, relations
from workflow.case import AsdReport, Case
from workflow.deadlines import Counting, deadline
from workflow.feedback import Reads, reads_report
from workflow.judge import Question, judge
from workflow.office import Directory, Moment, Network, Person
from workflow.reference import reference_of
from workflow.sight import sight_of

STEPS = (
    Command.RECORD_CONSENT_PARTNER,
    Command.REFUSE_CONSENT,
    Command.RECORD_RELEASE,
    Command.WITHDRAW_CONSENT,
    Command.WITHDRAW_FEEDBACK,
    Command.WITHDRAW_REFERRAL,
    Command.RAISE_CONCERN,
)
"""What a partner may do with its own referral, as far as it is possible."""


ANSWERS = frozenset({Command.RECORD_CONSENT_PARTNER, Command.REFUSE_CONSENT})
"""What answers the question about consent: taken where it is asked."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a partner gets for a referral: the Kennzeichen, and the local day until which what is next is due.

    `contact_until` where the family has consented, else `answer_until`: until then we ask for the answer.
    """

    reference: str
    received_on: date
    contact_until: date | None
    answer_until: date | None


@dataclass(frozen=True, slots=True)
class Referral:
    """One referral as its partner may read it; days are local, instants aware.

    `status` is the German label, empty without the fourth consent. `asked` says that we wait for the answer about
    consent, `asked_since` since when the partner was asked for it, `answer_until` until when. `steps` are the commands
    that mean something now, and where `status` is told, those that are possible.
    """

    case: str = field(repr=False)
    reference: str
    received_on: date
    status: str = ""
    asked: bool = False
    asked_since: datetime | None = None
    answer_until: date | None = None
    withdrawn: bool = False
    report: AsdReport | None = field(default=None, repr=False)
    reads: Reads | None = None
    steps: tuple[str, ...] = ()


def receipt_of(case: Case, network: Network, *, consent: bool) -> Receipt:
    """The receipt for a referral, the same whenever it is asked for again; `consent`: whether it came with one."""
    owed = Obligation.FIRST_CONTACT if consent else Obligation.CONSENT
    days, counting = network.profile.days[owed], Counting(network.profile.counting)
    due = deadline(case.received_on, days, counting, network.calendar).due
    return Receipt(
        reference_of(case.id), case.received_on, due if consent else None, None if consent else due
    )


def is_referrer(person: Person, case: Case, directory: Directory, moment: Moment) -> bool:
    """Whether this person speaks for the institution that referred."""
    return any(relation is Relation.REFERRER for _, relation in relations(person, case, directory, moment))


def own_referral(question: Question) -> Referral:
    """One's own referral. The case of the question is whole; what is not the partner's to read stays in here."""
    case, directory, moment = question.case, question.directory, question.moment
    sight = sight_of(question.person, case, directory, moment)
    seen = sight.case(case)
    owed = seen.duty(Obligation.CONSENT)
    if owed is not None and not judge(question, Command.RECORD_CONSENT_PARTNER).allowed:
        owed = None  # a consent ran out on the way: the office asks, and when it does the partner is told
    reads = reads_report(case, directory, moment.real_day) if seen.report is not None else None
    return Referral(
        case.id,
        reference_of(case.id),
        case.received_on,
        question.network.profile.process.label(case.state) if sight.status else "",
        owed is not None,
        seen.queried_at if owed is not None else None,
        owed.due if owed is not None else None,
        seen.referral_withdrawn_at is not None,
        seen.report,
        reads,
        tuple(str(step) for step in _steps(question, seen, asked=owed is not None)),
    )


def _steps(question: Question, seen: Case, *, asked: bool) -> Iterator[Command]:
    """What would mean something, by what the partner sees of its referral and no more.

    Whether it is possible tells where the case stands: that counts only where the family lets the partner know.
    """
    told = bool(seen.state)
    for step in STEPS:
        idle = (step in ANSWERS and not asked) or (
            step is Command.WITHDRAW_REFERRAL and seen.referral_withdrawn_at is not None
        )
        idle = idle or (step is Command.WITHDRAW_FEEDBACK and not told)
        if not idle and (not told or judge(question, step).allowed):
            yield step


def own_referrals(
    person: Person,
    cases: Iterable[Case],
    directory: Directory,
    moment: Moment,
    network_of: Callable[[Case], Network],
) -> tuple[Referral, ...]:
    """Every referral of this person's institution among these cases: what is asked first, then the newest."""
    found = [
        own_referral(Question(person, case, moment, directory, network_of(case)))
        for case in cases
        if is_referrer(person, case, directory, moment)
    ]
    newest = sorted(found, key=lambda each: (each.received_on, each.reference), reverse=True)
    return tuple(sorted(newest, key=lambda each: each.asked_since is None))
