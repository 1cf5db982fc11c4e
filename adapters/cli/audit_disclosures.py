"""`lotse audit disclosures`: who got which data of a family, when, on which basis, by which way; as a sheet too.

For the Fachkraft over her own case, for Leitung and Datenschutz with a reason; also once the case is erased, because
the bodies A tell it. Referrer, ASD and names of staff stay out until a person says that they have reviewed them; who
prepares the answer sees them on stderr, and a notice to the ASD is not reviewed by who carries the case.
"""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.cli import options as o
from adapters.cli.audit_handovers import ground_of
from adapters.cli.audit_show import Reason, local
from adapters.cli.desk import opened
from adapters.cli.failures import CommandError, NotFound
from adapters.cli.reading_room import Asked, ReadingRoom
from adapters.cli.screen import as_json, bold, columns, joined, notice, plain, show
from states.vocabulary import Role
from workflow.audited import Audited, Recorded
from workflow.disclosures import IN_LOTSE, Access, Disclosure, Told, Why, accesses, disclosures
from workflow.fields import CHANNELS
from workflow.log_rights import disclosures_of_case, may_review_danger
from workflow.wording import declined

_WITHHELD = "Zurückgehalten, nur zur Prüfung, nicht für die Familie:"
_THIRD = (
    "Dürfen die meldende Stelle und Dritte genannt werden? Nächster Schritt: prüfen, dann derselbe Befehl mit "
    "--reviewed."
)
_DANGER = (
    "Gefährdet die Auskunft das Kind? Das prüft Leitung oder Datenschutz, nicht wer den Fall führt. Nächster Schritt: "
    "derselbe Befehl mit --as PERSON --reason GRUND --reviewed. Darf es nicht genannt werden, gibt es kein Blatt; dann "
    "antwortet der Datenschutz im Brief."
)
_NO_SHEET = "Noch kein Blatt: Eine Person muss erst durchsehen, was darauf stehen darf."


def show_disclosures(
    number: Annotated[
        str, typer.Argument(metavar="NUMMER", help="Der Fall, auch ein gelöschter; oder seine Kennung.")
    ],
    *,
    pdf: Annotated[
        Path | None, typer.Option("--pdf", metavar="DATEI", help="Auch als Blatt für die Familie.")
    ] = None,
    opens: Annotated[
        bool, typer.Option("--accesses", help="Auch zeigen, wer den Fall geöffnet hat.")
    ] = False,
    reviewed: Annotated[
        bool,
        typer.Option(
            "--reviewed",
            help="Ich habe geprüft, dass auch meldende Stelle, ASD und Namen genannt werden dürfen.",
        ),
    ] = False,
    reason: Reason = "",
    json: o.Json = False,
    at: o.At = None,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Auskunft nach Art. 15 DSGVO: wer welche Daten einer Familie bekam.

    Für den eigenen Fall, sonst für Leitung und Datenschutz mit einem Grund. Die meldende Stelle, der ASD und Namen von
    Beschäftigten fehlen, bis jemand mit --reviewed dafür einsteht. Das wird festgehalten.
    """
    if pdf is not None:
        _has_room(pdf)
    with opened(folder, user, at, make=False) as desk:
        room = ReadingRoom(desk)
        asked = room.find_case(number, reason)
        more = {"reviewed": reviewed} | ({"document": "pdf"} if pdf else {})
        room.enter_case(Audited.DISCLOSURES, asked, disclosures_of_case, reason, **more)
        entries = list(room.log.of_case(asked.id))
        given = disclosures(entries, asked.id)
        withheld = [each for each in given if not _passes(room, asked, each, reviewed=reviewed)]
        told = [each for each in given if each not in withheld]
        looked = accesses(entries, asked.id) if opens else None
        if pdf is not None and not withheld:
            _write(pdf, _sheet(room, asked, told, looked, entries, reviewed=reviewed))
        if json:
            as_json(_in_json(room, asked, told, looked, withheld, reviewed=reviewed))
        else:
            _tell(room, asked, told, looked, reviewed=reviewed)
            if pdf is not None and not withheld:
                show(f"Blatt: {plain(str(pdf))}")
        _ask(room, withheld)
        if pdf is not None and withheld:
            room.refuse(Audited.DISCLOSURES, asked, "unreviewed", _NO_SHEET)


def _passes(room: ReadingRoom, asked: Asked, each: Disclosure, *, reviewed: bool) -> bool:
    """Whether the family may read of it now: nothing waits for a person, or the right person has reviewed it."""
    if not each.waits_for_review:
        return True
    person, moment = room.desk.person, room.desk.lotse.moment
    return reviewed and (not each.is_notice or may_review_danger(person, asked.case, room.directory, moment))


def _ask(room: ReadingRoom, withheld: Sequence[Disclosure]) -> None:
    """Lay before the one who prepares the answer what waits, and what is to be asked of it."""
    if not withheld:
        return
    notice(_WITHHELD)
    notice("\n".join(columns(_rows(room, withheld), indent=2)))
    if any(not each.is_notice for each in withheld):
        notice(_THIRD)
    if any(each.is_notice for each in withheld):
        notice(_DANGER)


def _tell(
    room: ReadingRoom,
    asked: Asked,
    told: Sequence[Disclosure],
    looked: Sequence[Access] | None,
    *,
    reviewed: bool,
) -> None:
    show(bold(f"Weitergaben, {asked.name}"))
    rows = _rows(room, told)
    show("\n".join(columns(rows, indent=2)) if rows else "  Keine.")
    if looked is not None:
        show(bold("Geöffnet"))
        seen = _days(room, looked, reviewed=reviewed)
        show("\n".join(columns(seen, indent=2)) if seen else "  Niemand.")


def _rows(room: ReadingRoom, found: Sequence[Disclosure]) -> list[tuple[str, str]]:
    return [
        (
            _time(each.at),
            joined((
                _to(room, each), ", ".join(map(data_label, each.data)), purpose_label(each), _basis(each),
                f"Weg: {channel_label(each)}" if each.channel else "", _until(each),
            )),
        )
        for each in found
    ]  # fmt: skip


def _days(room: ReadingRoom, looked: Sequence[Access], *, reviewed: bool) -> list[tuple[str, str]]:
    """Who opened it on which day, each once; not what the same person did that day to prepare this answer."""
    today, me = local(room.desk.lotse.moment.real_at).date(), room.desk.person.id
    rows = [
        (f"{local(each.at):%d.%m.%Y}", _who(room, each, reviewed=reviewed))
        for each in looked
        if not (each.tells_the_family and each.actor == me and local(each.at).date() == today)
    ]
    return list(dict.fromkeys(rows))


def _time(at: datetime) -> str:
    """An instant as one reads it, everywhere in the same form."""
    return f"{local(at):%d.%m.%Y %H:%M}"


def _to(room: ReadingRoom, each: Disclosure) -> str:
    """Who got it: the recipient by name where the family agreed to this very person, else role and institution."""
    to = each.recipient
    role = next((known.label for known in Role if known.value == to.role), plain(to.role))
    known = room.directory.recipients.get(to.id or "")
    name = f"{plain(known.name)} ({role})" if known else role
    return joined((name, plain(to.institution)), by=", ")


def _who(room: ReadingRoom, each: Access, *, reviewed: bool) -> str:
    """Who opened it: by role, and by name only once a person has reviewed that."""
    person = room.directory.persons.get(each.actor)
    roles = ", ".join(sorted(role.label for role in person.roles)) if person else "nicht mehr verzeichnet"
    return f"{plain(person.name if person else each.actor)} ({roles})" if reviewed else roles


def data_label(code: str) -> str:
    """A category in German; one that this version does not know stays as it is."""
    return Told(code).label if code in list(Told) else plain(code)


def purpose_label(each: Disclosure) -> str:
    """What it was passed on for."""
    return Why(each.why).label if each.why in list(Why) else plain(each.why)


def channel_label(each: Disclosure) -> str:
    """By which way."""
    return (
        "im Fachverfahren der Stadt"
        if each.channel == IN_LOTSE
        else CHANNELS.get(each.channel, plain(each.channel))
    )


def _basis(each: Disclosure) -> str:
    consents = "; ".join(map(ground_of, each.grounds))
    return f"{plain(each.legal_basis)} ({consents})" if consents else plain(each.legal_basis)


def _until(each: Disclosure) -> str:
    confirmed = f"Empfang bestätigt {_time(each.confirmed_at)}" if each.confirmed_at else ""
    return joined((confirmed, f"lesbar bis {_time(each.until)}" if each.until else ""), by=", ")


def _in_json(
    room: ReadingRoom,
    asked: Asked,
    told: Sequence[Disclosure],
    looked: Sequence[Access] | None,
    withheld: Sequence[Disclosure],
    *,
    reviewed: bool,
) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "case": asked.id, "number": asked.case.number if asked.case else None, "erased": asked.case is None,
        "reviewed": reviewed, "withheld": len(withheld),
        "disclosures": [_one_in_json(each) for each in told],
        "to_review": [_one_in_json(each) for each in withheld],
    }  # fmt: skip
    if looked is not None:
        answer["accesses"] = [
            {"seq": each.entry.seq, "at": each.at.isoformat(), "who": _who(room, each, reviewed=reviewed)}
            for each in looked
        ]
    return answer


def _one_in_json(each: Disclosure) -> dict[str, Any]:
    return {
        "seq": each.entry.seq, "at": each.at.isoformat(), "recipient": each.recipient.id,
        "role": each.recipient.role, "institution": each.recipient.institution, "data": list(each.data),
        "purpose": each.why, "legal_basis": each.legal_basis, "channel": each.channel,
        "consents": [{"kind": g.kind, "form": g.form, "given_on": str(g.given_on)} for g in each.grounds],
        "until": each.until.isoformat() if each.until else None,
        "confirmed_at": each.confirmed_at.isoformat() if each.confirmed_at else None,
    }  # fmt: skip


def _sheet(
    room: ReadingRoom,
    asked: Asked,
    told: Sequence[Disclosure],
    looked: Sequence[Access] | None,
    entries: Sequence[Recorded],
    *,
    reviewed: bool,
) -> bytes:
    from adapters.documents.sheet import Line, Opened, Sheet, pdf  # noqa: PLC0415 - only where a sheet is made

    lotse = room.desk.lotse
    made = lotse.office.clock()
    lines = [
        Line(
            _time(each.at), _to(room, each), [data_label(part) for part in each.data],
            purpose_label(each), _basis(each), channel_label(each), _until(each),
        )
        for each in told
    ]  # fmt: skip
    seen = None if looked is None else [Opened(*row) for row in _days(room, looked, reviewed=reviewed)]
    return pdf(
        Sheet(
            asked.name, lotse.office.network_now.profile.title, f"{local(made):%d.%m.%Y}", made, lines, seen,
            declined(plain(room.desk.person.name)) if reviewed else "", asked.case is None,
            lotse.store.origin, entries[-1].seq, lotse.countersign(),
        )
    )  # fmt: skip


def _has_room(file: Path) -> None:
    """Refuse before anything is opened what could not be written anyway."""
    if os.path.lexists(file):
        raise CommandError(f"{plain(str(file))} gibt es schon. Bitte eine andere Datei nennen.")
    if not file.absolute().parent.is_dir():
        raise NotFound(f"Den Ordner {plain(str(file.absolute().parent))} gibt es nicht.")


def _write(file: Path, content: bytes) -> None:
    """Write the sheet for its owner alone, and never over anything."""
    try:
        with os.fdopen(
            os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb"
        ) as stream:
            stream.write(content)
    except FileExistsError:
        raise CommandError(f"{plain(str(file))} gibt es schon. Bitte eine andere Datei nennen.") from None
