"""What stands open, as lines of the worklist: a request to an adviser or a coordinator, an emergency to be reviewed.

A supervisor reads of an emergency at once, and of one that nobody has reviewed after five working days as overdue;
where one person takes many on a day, data protection reads of it too. Numbers of cases only for who knows them.
"""

from collections.abc import Iterator, Mapping

from states.vocabulary import Role
from workflow.calendar import BERLIN, local_date
from workflow.office import Directory, Moment, Network, Opening, OpeningKind, Person
from workflow.opening_rights import awaits_review
from workflow.openings import A_DAY, review_due
from workflow.pseudonym import pseudonym
from workflow.queries import Heading, Item

_ASKED = {
    OpeningKind.CLARIFY: "Um Klärung der Zuständigkeit gebeten",
    OpeningKind.ADVICE: "Um Beratung gebeten, ohne Namen",
}
_TAKEN = {
    OpeningKind.EMERGENCY: "Notfallzugriff",
    OpeningKind.INSPECTION: "Einsicht",
    OpeningKind.SAMPLE: "Stichprobe",
}


def items_of_openings(
    person: Person, directory: Directory, moment: Moment, network: Network, numbers: Mapping[str, str]
) -> Iterator[Item]:
    """The lines for this person; `numbers` are those of the cases they see, by id."""
    if not person.active:
        return
    for one in directory.openings:
        if one.person == person.id and one.stands(moment.real_at):
            yield _held(one, moment, numbers)
        if not awaits_review(one) or one.person == person.id:
            continue
        often = _that_day(one, directory) > A_DAY
        if Role.SUPERVISOR in person.roles or (often and Role.DPO in person.roles):
            yield _to_review(one, directory, moment, network, numbers, often=often)


def _held(one: Opening, moment: Moment, numbers: Mapping[str, str]) -> Item:
    """Somebody's own: what they were asked, or what they have taken and for how long."""
    asked = _ASKED.get(one.kind)
    last = local_date(one.until)
    until = f"{one.until.astimezone(BERLIN):%H:%M} Uhr" if last == moment.real_day else f"{last:%d.%m.%Y}"
    called = pseudonym(one.id) if one.kind is OpeningKind.ADVICE else ""
    case, number = called or one.case, called or numbers.get(one.case, "")
    what = f"{asked or _TAKEN[one.kind]}, offen bis {until}"
    return Item(Heading.DUE if asked else Heading.LATER, case, number, "", what, None, 0, opening=one.id)


def _to_review(
    one: Opening,
    directory: Directory,
    moment: Moment,
    network: Network,
    numbers: Mapping[str, str],
    *,
    often: bool,
) -> Item:
    due = review_due(one, network)
    who = directory.persons.get(one.person)
    at = one.opened_at.astimezone(BERLIN)
    what = f"Notfallzugriff prüfen: {who.name if who else one.person}, {at:%d.%m. %H:%M} Uhr"
    remark = f"Mehr als {A_DAY} Notfallzugriffe dieser Person an einem Tag" if often else ""
    heading = Heading.OVERDUE if due.overdue(moment.at) else Heading.DUE
    days = (due.due - moment.day).days
    number = numbers.get(one.case, "")
    return Item(heading, one.case, number, "", what, due.due, days, remark, opening=one.id)


def _that_day(one: Opening, directory: Directory) -> int:
    day = local_date(one.opened_at)
    kin = (each for each in directory.openings if each.person == one.person and each.kind is one.kind)
    return sum(local_date(each.opened_at) == day for each in kin)
