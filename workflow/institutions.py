"""The partners of the network: under which names one refers, and whether its agreement carries a new referral.

A case keeps the name that was said at its receipt; it is read through the register, by id, by today's name or by a
former one, so no referral is orphaned when a clinic is renamed. Without a register the names themselves are compared.
`tests/workflow/test_institutions.py` renames and renames.
"""

from collections.abc import Iterable
from datetime import date

from workflow.errors import Blocked
from workflow.office import Directory, Institution

EXISTING = "Bestehende Meldungen können Sie weiter verfolgen und zurückziehen."
_ASK = "die Netzwerkkoordination um eine gültige Vereinbarung bitten"


def names_of(institution: Institution) -> tuple[str, ...]:
    """Everything under which it is known: its id, its name, the names it had."""
    return tuple(dict.fromkeys((institution.id, institution.name, *institution.former_names)))


def institution_of(directory: Directory, said: str) -> Institution | None:
    """The institution that is meant by an id or a name, of today or of before; an id goes before a name."""
    if not said:
        return None
    by_id = directory.institutions.get(said)
    if by_id is not None:
        return by_id
    return next((each for each in directory.institutions.values() if said in names_of(each)), None)


def same_institution(directory: Directory, one: str, other: str) -> bool:
    """Whether both mean one institution: by the register where it knows either, else letter by letter."""
    if not one or not other:
        return False
    first, second = institution_of(directory, one), institution_of(directory, other)
    if first is None or second is None:
        return one == other
    return first.id == second.id


def known_as(directory: Directory, said: str) -> tuple[str, ...]:
    """Every name under which referrals of this institution may stand."""
    known = institution_of(directory, said)
    names = names_of(known) if known is not None else ()
    return tuple(name for name in dict.fromkeys((said, *names)) if name)


def name_today(directory: Directory, said: str) -> str:
    """What an institution is called today, or what was said where the register does not know it."""
    known = institution_of(directory, said)
    return known.name if known is not None else said


def why_no_referral(directory: Directory, said: str, day: date) -> Blocked | None:
    """Why this institution may bring in no new referral of its own on this local day, or None.

    Its agreement (Netzwerkvereinbarung) must be on record and in force; § 3 (3) KKG.
    """
    known = institution_of(directory, said)
    if known is None or not known.active:
        return Blocked(
            "agreement", f"Ihre Einrichtung steht nicht (mehr) im Verzeichnis des Netzwerks. {EXISTING}", _ASK
        )
    if not known.agreement:
        return Blocked(
            "agreement",
            f"Mit Ihrer Einrichtung ist keine Netzwerkvereinbarung festgehalten. {EXISTING}",
            _ASK,
        )
    if known.agreement_from is not None and day < known.agreement_from:
        begins = f"{known.agreement_from:%d.%m.%Y}"
        return Blocked(
            "agreement",
            f"Die Netzwerkvereinbarung mit Ihrer Einrichtung gilt erst ab {begins}. {EXISTING}",
            _ASK,
        )
    if known.agreement_until is not None and known.agreement_until < day:
        ended = f"{known.agreement_until:%d.%m.%Y}"
        return Blocked(
            "agreement",
            f"Die Netzwerkvereinbarung mit Ihrer Einrichtung ist am {ended} abgelaufen. {EXISTING}",
            _ASK,
        )
    return None


def taken_by(directory: Directory, names: Iterable[str], besides: str) -> Institution | None:
    """Another institution than `besides` that has, or had, one of these names; a name is never given twice."""
    wanted = {name.casefold() for name in names}
    return next(
        (
            each
            for each in directory.institutions.values()
            if each.id != besides and wanted & {name.casefold() for name in names_of(each)}
        ),
        None,
    )
