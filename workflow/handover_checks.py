"""What Leitung looks for among the handovers of a quarter, and what of a chain does not hold together.

Everything is read off the bodies A, by whoever keeps the log, not by who keeps the cases: a consent that the log does
not know, one recorded or given after the request, a package wider than its consent, an answer without its entry.
`tests/workflow/test_handover_checks.py` makes each of them, and none where all is well.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from states.vocabulary import Command
from workflow.audited import Recorded
from workflow.calendar import local_date
from workflow.case import HandoverStatus
from workflow.handover_chains import Chain, chains

_ANSWERS: Mapping[HandoverStatus, str] = {
    HandoverStatus.ACCEPTED: Command.ACCEPT,
    HandoverStatus.DECLINED: Command.DECLINE,
    HandoverStatus.ENDED: Command.ACCEPT,
}


class Check(StrEnum):
    """By what Leitung asks for handovers."""

    UNANSWERED = "unanswered"
    OVERDUE = "overdue"
    DECLINED = "declined"
    WITHOUT_PROOF = "without_proof"
    UNREVIEWED = "unreviewed"

    @property
    def label(self) -> str:
        """German, as a heading."""
        return {
            "unanswered": "Unbeantwortet",
            "overdue": "Zu spät oder noch nicht beantwortet",
            "declined": "Abgelehnt",
            "without_proof": "Ohne Nachweis",
            "unreviewed": "Noch nicht geprüft",
        }[self.value]


class Flaw(StrEnum):
    """Why a chain is without proof."""

    NO_CONSENT = "no_consent"
    CONSENT_AFTER = "consent_after"
    PACKAGE_WIDER = "package_wider"
    ANSWER_UNRECORDED = "answer_unrecorded"
    UNSIGNED = "unsigned"

    @property
    def label(self) -> str:
        """German, as a remark beside the chain."""
        return {
            "no_consent": "Das Protokoll nennt keine Einwilligung als Grundlage.",
            "consent_after": "Die Einwilligung wurde erst nach der Anfrage gegeben oder festgehalten.",
            "package_wider": "Weitergegeben wurde mehr, als die Einwilligung umfasst.",
            "answer_unrecorded": "Zur Antwort gibt es keinen Eintrag.",
            "unsigned": "Über dem letzten Eintrag steht noch kein unterschriebener Prüfpunkt.",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Checked:
    """A chain and what was found about it."""

    chain: Chain
    flaws: frozenset[Flaw] = frozenset()

    def meets(self, check: Check, today: date) -> bool:
        """Whether the chain belongs under this heading on this local day."""
        return {
            Check.UNANSWERED: self.chain.is_open,
            Check.OVERDUE: self.chain.overdue_on(today),
            Check.DECLINED: self.chain.status is HandoverStatus.DECLINED,
            Check.WITHOUT_PROOF: bool(self.flaws),
            Check.UNREVIEWED: not self.chain.reviews,
        }[check]


@dataclass(frozen=True, slots=True)
class _Basis:
    """One consent as the log tells of it: the local day it was given, what it covers."""

    given_on: date | None
    scope: frozenset[str]


@dataclass(slots=True)
class _Reading:
    """What is noted of consents and requests while the entries go by, so that the log is read once."""

    known: dict[tuple[str, str], _Basis] = field(default_factory=dict)
    rested: dict[tuple[str, str], bool] = field(default_factory=dict)
    """By case and handover: whether its consent was known when it was proposed."""
    offered: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    def noting(self, entries: Iterable[Recorded]) -> Iterator[Recorded]:
        for entry in entries:
            if entry.case is not None and entry.a is not None and entry.done:
                for told in entry.a.get("consents", ()):
                    self._note_consent((entry.case, str(told.get("id", ""))), told)
                for told in entry.a.get("handovers", ()):
                    self._note_request(entry.case, told)
            yield entry

    def _note_consent(self, key: tuple[str, str], told: Mapping[str, Any]) -> None:
        if key not in self.known:
            day = told.get("given_on")
            given = date.fromisoformat(day) if isinstance(day, str) else None
            self.known[key] = _Basis(given, frozenset(map(str, told.get("scope", ()))))

    def _note_request(self, case: str, told: Mapping[str, Any]) -> None:
        key = (case, str(told.get("id", "")))
        if key not in self.offered:
            self.offered[key] = frozenset(map(str, told.get("package", ())))
            self.rested[key] = (case, str(told.get("consent", ""))) in self.known


def checked(entries: Iterable[Recorded], signed: Mapping[int | None, int]) -> list[Checked]:
    """Every handover the entries tell of, with its flaws, in the order of the proposals.

    `signed` says how many entries of each log a signed checkpoint covers. Entries come in the order of the log; those
    of a case must be all there, or a consent that was recorded earlier is not known.
    """
    reading = _Reading()
    found = chains(reading.noting(entries))
    return [Checked(chain, frozenset(_flaws(chain, reading, signed))) for chain in found]


def _flaws(chain: Chain, reading: _Reading, signed: Mapping[int | None, int]) -> Iterator[Flaw]:
    key = (chain.case, chain.id)
    basis = reading.known.get((chain.case, chain.consent)) if chain.has_basis else None
    if basis is None:
        yield Flaw.NO_CONSENT
    else:
        given_later = basis.given_on is not None and basis.given_on > local_date(chain.proposal.said_at)
        if given_later or not reading.rested.get(key, False):
            yield Flaw.CONSENT_AFTER
        if not reading.offered.get(key, frozenset()) | set(chain.package) <= basis.scope:
            yield Flaw.PACKAGE_WIDER
    answer = chain.answer.action if chain.answer is not None else None
    if chain.status in _ANSWERS and answer != _ANSWERS[chain.status]:
        yield Flaw.ANSWER_UNRECORDED
    last = chain.entries[-1]
    if last.seq >= signed.get(last.incarnation, 0):
        yield Flaw.UNSIGNED


def counts(found: Iterable[Checked], today: date) -> Mapping[Check, int]:
    """How many chains stand under each heading."""
    tally = Counter(check for each in found for check in Check if each.meets(check, today))
    return {check: tally[check] for check in Check}
