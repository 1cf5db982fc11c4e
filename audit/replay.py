"""Replaying the bodies A: each case's state, facts and obligations as the log tells them.

What the engine wrote and what stands in the tables must agree; a row altered behind its back is found by
number of case and name of field. One image a case is kept. Refusals and accesses change nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from audit.faults import FaultClass, Step, VerificationError
from audit.reader import LogReader

Obligation = tuple[str, str | None, str]
"""Name, recipient or None, due as ISO text as logged."""


@dataclass(frozen=True, slots=True)
class CaseImage:
    """What log and tables must agree on for one case; obligations are the open ones."""

    case: str
    version: int
    state: str
    facts: frozenset[str]
    obligations: frozenset[Obligation]
    profile: str
    profile_version: int


_FIELDS = {
    "version": "Version",
    "state": "Stand",
    "facts": "Tatsachen",
    "obligations": "Fristen",
    "profile": "Profil",
    "profile_version": "Profilversion",
}


BESIDE = frozenset(
    {"hold", "hold_released", "erasure_requested", "erasure_withdrawn", "erased", "import", "user_disabled"}
    | {"token_made", "token_revoked", "password_changed", "link_made"}
)
"""Actions that change something beside the version of a case."""
NEEDED = (
    *("action", "outcome", "case", "version", "profile", "profile_version", "state", "set", "cleared"),
    *("opened", "met", "fallen", "directory", "purpose", "actor", "ground", "at", "accepted"),
    *("without_personal_data", "quarantined", "held", "left", "asked", "requested_by", "under", "skipped"),
    *("concerned", "token", "account"),
)
"""What replay looks at in a body A."""


def told(a: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give what replay needs of a body A, None where it says nothing that changes a table."""
    action = a.get("action")
    moves = "case" in a and "version" in a
    beside = isinstance(action, str) and action in BESIDE
    if a.get("outcome") != "done" or not (moves or beside or "directory" in a or "account" in a):
        return {"under": a["under"]} if "under" in a else None
    return {name: a[name] for name in NEEDED if name in a}


class Replay:
    """Follows the log entry by entry; `stored` are the cases as the tables have them, in any order."""

    def __init__(self, stored: Iterable[CaseImage] = ()) -> None:
        self._stored = stored
        self._cases: dict[str, tuple[CaseImage, int]] = {}

    def take(self, seq: int, a: Mapping[str, Any]) -> None:
        """Follow one entry; VerificationError where it cannot follow the one before."""
        if a.get("outcome") != "done" or "case" not in a:
            return
        try:
            if a.get("action") == "erased":
                self._cases.pop(a["case"], None)
            elif "version" in a:
                before = self._cases.get(a["case"])
                self._cases[a["case"]] = (_after(before and before[0], a, seq), seq)
        except (KeyError, TypeError, AttributeError):
            raise _unfit(seq, "Der Eintrag lässt sich nicht nachspielen.") from None

    @property
    def images(self) -> dict[str, CaseImage]:
        """Give the cases as the log tells them."""
        return {case: image for case, (image, _) in self._cases.items()}

    def compare(self, reader: LogReader | None = None) -> int:
        """Compare with the stored cases, give their number; VerificationError for the first that differs.

        `reader` is the log in the transaction in which it was followed to its end.
        """
        del reader
        return self.compare_with(self._stored)

    def compare_with(self, stored: Iterable[CaseImage]) -> int:
        """Compare with these cases, as `compare` does."""
        return compare(self._cases, stored)


def compare(cases: Mapping[str, tuple[CaseImage, int]], stored: Iterable[CaseImage]) -> int:
    """Compare replayed images (each with the number of its last entry) with the stored ones."""
    met: set[str] = set()
    for image in stored:
        if image.case not in cases or image.case in met:
            message = f"Den Fall {image.case} gibt es in den Tabellen, aber so nicht im Protokoll."
            raise VerificationError(Step.REPLAY, None, FaultClass.CASE_UNKNOWN, message)
        met.add(image.case)
        told, seq = cases[image.case]
        if told != image:
            wrong = [_FIELDS[f.name] for f in fields(told) if getattr(told, f.name) != getattr(image, f.name)]
            message = f"Fall {image.case}: {', '.join(wrong)} stehen anders in den Tabellen als im Protokoll."
            raise VerificationError(Step.REPLAY, seq, FaultClass.CASE_ALTERED, message)
    for case, (_, seq) in cases.items():
        if case not in met:
            message = f"Den Fall {case} gibt es im Protokoll, aber nicht in den Tabellen."
            raise VerificationError(Step.REPLAY, seq, FaultClass.CASE_MISSING, message)
    return len(met)


def _after(before: CaseImage | None, a: Mapping[str, Any], seq: int) -> CaseImage:
    if before is None:
        nothing: frozenset[Any] = frozenset()
        before = CaseImage(a["case"], a["version"] - 1, "", nothing, nothing, "", 0)
    if a["version"] != before.version + 1:
        raise _unfit(seq, "Die Version des Falls springt.")
    ended = _obligations(a, "met") | _obligations(a, "fallen")
    if not ended <= before.obligations:
        raise _unfit(seq, "Es endet eine Frist, die nicht lief.")
    return replace(
        before,
        version=a["version"],
        state=a["state"],
        facts=(before.facts - frozenset(a.get("cleared", ()))) | frozenset(a.get("set", ())),
        obligations=(before.obligations - ended) | _obligations(a, "opened"),
        profile=a["profile"],
        profile_version=a["profile_version"],
    )


def _obligations(a: Mapping[str, Any], name: str) -> frozenset[Obligation]:
    return frozenset((o["obligation"], o.get("recipient"), o["due"]) for o in a.get(name, ()))


def _unfit(seq: int, message: str) -> VerificationError:
    return VerificationError(Step.REPLAY, seq, FaultClass.REPLAY, message)
