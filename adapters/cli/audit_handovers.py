"""`lotse audit handovers`: each handover as a chain, who asked whom, with what, on which consent, and what became of it.

For Leitung (and Datenschutz, with a reason) over the whole house, for the Fachkraft over her own case; on record
before anything is opened. With `--proof` each entry of a chain gets a file that proves where it stood, without Lotse.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.cli import options as o
from adapters.cli.audit_proof import proofs_of, write_proofs
from adapters.cli.audit_show import From, Reason, Until, beginning_of, end_of, entry_rows, in_json, local
from adapters.cli.desk import opened
from adapters.cli.failures import UsageProblem
from adapters.cli.reading_room import ReadingRoom
from adapters.cli.screen import as_json, bold, columns, joined, notice, plain, red, show
from states.vocabulary import Command, Role
from workflow.audited import Audited
from workflow.case import ConsentForm, ConsentKind, HandoverStatus, Package
from workflow.disclosures import Ground
from workflow.handover_chains import Chain, chains
from workflow.log_rights import handovers_of_all, handovers_of_case
from workflow.wording import declined

Flag = Annotated[bool, typer.Option("--open", help="Nur die noch unbeantworteten.")]
Signed = Mapping[int | None, int]
"""How many entries of each log a signed checkpoint covers."""
_UNSIGNED = (
    "ACHTUNG: {count} Prüfpunkte neben dem Protokoll hat so niemand unterschrieben; sie zählen nicht. Nächster "
    "Schritt: lotse audit verify"
)
_ENDED_BY: Mapping[str, str] = {
    Command.WITHDRAW_CONSENT: "Widerruf",
    Command.WITHDRAW_CONSENT_FOR: "Widerruf",
    Command.REFUSE_CONSENT: "verweigerte Einwilligung",
    Command.ESCALATE: "Mitteilung an den ASD",
    Command.ESCALATE_URGENT: "Mitteilung an den ASD",
}
Proof = Annotated[
    Path | None,
    typer.Option("--proof", metavar="ORDNER", help="Je Eintrag ein Nachweis (C2SP tlog-proof) dorthin."),
]


def handovers(
    number: Annotated[
        str | None, typer.Argument(metavar="[NUMMER]", help="Nur dieser Fall, mit allen Einträgen.")
    ] = None,
    *,
    unanswered: Flag = False,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Nur die zu spät oder noch nicht beantworteten.")
    ] = False,
    said_no: Annotated[bool, typer.Option("--declined", help="Nur die abgelehnten.")] = False,
    without_proof: Annotated[
        bool,
        typer.Option(
            "--without-proof", help="Nur die ohne benannte Einwilligung oder ohne Prüfpunkt darüber."
        ),
    ] = False,
    since: From = None,
    until: Until = None,
    proof: Proof = None,
    reason: Reason = "",
    json: o.Json = False,
    at: o.At = None,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Jede Übergabe als Kette zeigen: angefragt, Paket, Antwort, Grundlage, Nachweis.

    Alle sieht die Leitung, der Datenschutz mit einem Grund; die eines Falls auch, wer ihn führt. --from und
    --to meinen den Tag der Anfrage. Das Nachsehen wird festgehalten.
    """
    if proof is not None and number is None:
        raise UsageProblem("Nachweise gibt es für einen Fall: lotse audit handovers NUMMER --proof ORDNER.")
    flags = (unanswered, overdue, said_no, without_proof)
    wish = _Wish(beginning_of(since), end_of(until), *flags)
    with opened(folder, user, at, make=False) as desk:
        room = ReadingRoom(desk)
        found = _read(room, number, reason, wish.start)
        kept = room.log.signed()
        signed = kept.sizes
        if kept.unsigned:
            notice(_UNSIGNED.format(count=kept.unsigned))
        today = desk.lotse.moment.day
        found = [chain for chain in found if wish.wants(chain, today, signed)]
        if json:
            as_json([_in_json(chain, room, signed, whole=number is not None) for chain in found])
        else:
            _tell(found, room, signed, whole=number is not None)
        if proof is not None:
            _prove(room, found, proof)


@dataclass(frozen=True, slots=True)
class _Wish:
    """Which chains are asked for; several flags together mean all of them."""

    start: datetime | None
    end: datetime | None
    unanswered: bool
    overdue: bool
    declined: bool
    without_proof: bool

    def wants(self, chain: Chain, today: date, signed: Signed) -> bool:
        """Whether this chain is meant; `today` is the office's local day."""
        return (
            (self.start is None or chain.proposal.at >= self.start)
            and (self.end is None or chain.proposal.at < self.end)
            and (not self.unanswered or chain.is_open)
            and (not self.overdue or chain.overdue_on(today))
            and (not self.declined or chain.status is HandoverStatus.DECLINED)
            and (not self.without_proof or not _proven(chain, signed))
        )


def _read(room: ReadingRoom, number: str | None, reason: str, since: datetime | None) -> list[Chain]:
    """The chains of one case, or of the house; on record before anything is opened.

    Of the house only what the log has from `since` on is read: earlier proposals are not asked for, later answers are.
    """
    if number is None:
        room.sign_in(Audited.HANDOVERS, reason, handovers_of_all)
        return chains(room.log.forwards(since))
    asked = room.find_case(number, reason)
    room.enter_case(Audited.HANDOVERS, asked, handovers_of_case, reason)
    return chains(room.log.of_case(asked.id))


def _tell(found: Sequence[Chain], room: ReadingRoom, signed: Signed, *, whole: bool) -> None:
    if not found:
        show("Keine Übergaben.")
    elif not whole:
        show("\n".join(_table(found, room, signed)))
    else:
        for chain in found:
            _show_chain(chain, room, signed)


def _proven(chain: Chain, signed: Signed) -> bool:
    """Whether it names its consent, and a signed checkpoint stands over its last entry."""
    last = chain.entries[-1]
    return chain.has_basis and last.seq < signed.get(last.incarnation, 0)


def _table(found: Iterable[Chain], room: ReadingRoom, signed: Signed) -> list[str]:
    today = room.desk.lotse.moment.day
    rows = []
    for chain in found:
        late = "überfällig" if chain.is_open and chain.overdue_on(today) else ""
        words = (
            status_of(chain), late, f"von {declined(_asker(chain, room))}", package_of(chain),
            joined(map(ground_of, chain.grounds), by="; "),
            "gelöscht" if chain.erased_at else "", "" if _proven(chain, signed) else "ohne Nachweis",
        )  # fmt: skip
        asked = f"{local(chain.proposal.said_at):%d.%m.%Y}"
        rows.append((asked, room.case_name(chain.case), room.recipient_name(chain.recipient), joined(words)))
    return columns(rows)


def _show_chain(chain: Chain, room: ReadingRoom, signed: Signed) -> None:
    process = room.desk.lotse.office.network_now.profile.process
    show(bold(f"An {declined(room.recipient_name(chain.recipient))}: {status_of(chain)}"))
    facts = [
        ("Stelle", joined((_role(chain.role), plain(chain.institution)))),
        ("Fall", room.case_name(chain.case)),
        ("Angefragt", f"am {local(chain.proposal.said_at):%d.%m.%Y}, {_asker(chain, room)}"),
        ("Paket", package_of(chain)),
        ("Grundlage", joined(map(ground_of, chain.grounds), by="; ") or "im Protokoll nicht benannt"),
        ("Antwort bis", f"{chain.due:%d.%m.%Y}" if chain.due else ""),
        ("Antwort", _answer(chain, room)),
        ("Überfällig", f"markiert am {local(chain.flagged_at):%d.%m.%Y}" if chain.flagged_at else ""),
        ("Gelöscht", f"{local(chain.erased_at):%d.%m.%Y}" if chain.erased_at else ""),
        ("Prüfpunkt", "über allen Einträgen" if _proven(chain, signed) else red("fehlt über einem Eintrag")),
    ]
    show("\n".join(columns([row for row in facts if row[1]], indent=2)))
    show("\n".join(f"  {line}" for line in entry_rows(chain.entries, room, process)))


def status_of(chain: Chain) -> str:
    """What became of it, in German, and since when."""
    last = chain.end or chain.answer
    if last is None:
        return chain.status.label
    by = _ENDED_BY.get(last.action) if chain.status is HandoverStatus.FALLEN else None
    return f"{f'beendet durch {by}' if by else chain.status.label} am {local(last.said_at):%d.%m.%Y}"


def _answer(chain: Chain, room: ReadingRoom) -> str:
    """What was answered, when and by whom; empty while nobody has."""
    given = chain.answer
    if given is None or given.a is None:
        return ""
    said = HandoverStatus.DECLINED if given.action == Command.DECLINE else HandoverStatus.ACCEPTED
    return f"{said.label} am {local(given.said_at):%d.%m.%Y}, {room.person_name(given.a.get('actor'))}"


def _asker(chain: Chain, room: ReadingRoom) -> str:
    return room.person_name((chain.proposal.a or {}).get("actor"))


def package_of(chain: Chain) -> str:
    """The package in German."""
    known = {part.value: part.label for part in Package}
    return ", ".join(known.get(part, plain(part)) for part in chain.package)


def ground_of(ground: Ground) -> str:
    """A consent as one reads it: its kind, its form, its day."""
    kinds = {kind.value: kind.label for kind in ConsentKind}
    forms = {form.value: form.label for form in ConsentForm}
    day = f"{ground.given_on:%d.%m.%Y}" if ground.given_on else ""
    words = (kinds.get(ground.kind, plain(ground.kind)), forms.get(ground.form, plain(ground.form)), day)
    return joined(words, by=", ")


def _role(role: str) -> str:
    return next((known.label for known in Role if known.value == role), plain(role))


def _in_json(chain: Chain, room: ReadingRoom, signed: Signed, *, whole: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "case": chain.case, "number": room.case_name(chain.case), "recipient": chain.recipient, "role": chain.role,
        "institution": chain.institution, "status": str(chain.status), "package": list(chain.package),
        "proposed_at": chain.proposal.said_at.isoformat(), "due": chain.due.isoformat() if chain.due else None,
        "answered_at": chain.answer.said_at.isoformat() if chain.answer else None,
        "ended_at": chain.end.said_at.isoformat() if chain.end else None,
        "overdue": chain.overdue_on(room.desk.lotse.moment.day),
        "erased_at": chain.erased_at.isoformat() if chain.erased_at else None,
        "asked_by": (chain.proposal.a or {}).get("actor"),
        "ended_by": chain.end.action if chain.end else None,
        "consents": [
            {"id": g.id, "kind": g.kind, "form": g.form, "given_on": g.given_on.isoformat() if g.given_on else None}
            for g in chain.grounds
        ],
        "signed": _proven(chain, signed), "entries": [entry.seq for entry in chain.entries],
    }  # fmt: skip
    return {**told, "entries": [in_json(entry) for entry in chain.entries]} if whole else told


def _prove(room: ReadingRoom, found: Iterable[Chain], folder: Path) -> None:
    """Write a proof for each entry: of an earlier log under its last checkpoint, as it is signed no more."""
    wanted: dict[int | None, dict[int, None]] = {}
    for entry in (entry for chain in found for entry in chain.entries):
        wanted.setdefault(entry.incarnation, {})[entry.seq] = None
    given = proofs_of(room.desk, {number: list(seqs) for number, seqs in wanted.items()})
    files = write_proofs(folder, given)
    notice(f"{len(files)} {'Nachweis' if len(files) == 1 else 'Nachweise'} in {plain(str(folder))}.")
    for each in given:
        which = "" if each.incarnation is None else f" der Fassung {each.incarnation}"
        notice(f"Prüfschlüssel{which}: {each.vkey}")
