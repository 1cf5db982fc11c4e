"""`lotse audit disclosures`: who got which data of a family, when, on which basis, by which way; as a sheet too.

For the Fachkraft over her own case, for Leitung and Datenschutz with a reason; also once the case is erased, because
the bodies A tell it. The referrer, the ASD and names of staff stay out until a person says that they have reviewed it.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.cli import options as o
from adapters.cli.audit_handovers import ground_of
from adapters.cli.audit_show import Reason, local
from adapters.cli.desk import opened
from adapters.cli.failures import CommandError
from adapters.cli.reading_room import Asked, ReadingRoom
from adapters.cli.screen import as_json, bold, columns, joined, notice, plain, show
from states.vocabulary import Role
from workflow.audited import Audited, Recorded
from workflow.details import CHANNELS
from workflow.disclosures import IN_LOTSE, Access, Disclosure, Told, Why, accesses, disclosures
from workflow.log_rights import disclosures_of_case
from workflow.wording import declined

_ASK = "Zurückgehalten bis zur Durchsicht: {}. Nächster Schritt: ansehen lassen, dann --reviewed."


def show_disclosures(
    number: Annotated[
        str, typer.Argument(metavar="NUMMER", help="Der Fall; ein gelöschter mit seiner Kennung.")
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
    if pdf is not None and os.path.lexists(pdf):
        raise CommandError(f"{plain(str(pdf))} gibt es schon. Bitte eine andere Datei nennen.")
    with opened(folder, user, at, make=False) as desk:
        room = ReadingRoom(desk)
        asked = room.find_case(number)
        more = {"reviewed": reviewed} | ({"document": "pdf"} if pdf else {})
        room.enter_case(Audited.DISCLOSURES, asked, disclosures_of_case, reason, **more)
        entries = list(room.log.of_case(asked.id))
        given = disclosures(entries, asked.id)
        told = [each for each in given if reviewed or not each.waits_for_review]
        looked = accesses(entries, asked.id) if opens else None
        withheld = len(given) - len(told)
        if pdf is not None:
            _write(pdf, _sheet(room, asked, told, looked, entries, withheld=withheld, reviewed=reviewed))
        if json:
            as_json(_in_json(room, asked, told, looked, withheld=withheld, reviewed=reviewed))
        else:
            _tell(room, asked, told, looked, reviewed=reviewed)
            if pdf is not None:
                show(f"Blatt: {plain(str(pdf))}")
        if withheld:
            notice(_ASK.format(withheld))


def _tell(
    room: ReadingRoom,
    asked: Asked,
    told: Sequence[Disclosure],
    looked: Sequence[Access] | None,
    *,
    reviewed: bool,
) -> None:
    show(bold(f"Weitergaben, {asked.name}"))
    rows = [
        (
            f"{local(each.at):%d.%m.%Y %H:%M}",
            joined((
                _to(room, each), ", ".join(map(data_label, each.data)), purpose_label(each), _basis(each),
                f"Weg: {channel_label(each)}" if each.channel else "", _until(each),
            )),
        )
        for each in told
    ]  # fmt: skip
    show("\n".join(columns(rows, indent=2)) if rows else "  Keine.")
    if looked is not None:
        show(bold("Geöffnet"))
        seen = [(f"{local(each.at):%d.%m.%Y %H:%M}", _who(room, each, reviewed=reviewed)) for each in looked]
        show("\n".join(columns(seen, indent=2)) if seen else "  Niemand.")


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
    return "in Lotse" if each.channel == IN_LOTSE else CHANNELS.get(each.channel, plain(each.channel))


def _basis(each: Disclosure) -> str:
    consents = "; ".join(map(ground_of, each.grounds))
    return f"{plain(each.legal_basis)} ({consents})" if consents else plain(each.legal_basis)


def _until(each: Disclosure) -> str:
    confirmed = f"Empfang bestätigt {local(each.confirmed_at):%d.%m.%Y}" if each.confirmed_at else ""
    return joined((confirmed, f"lesbar bis {local(each.until):%d.%m.%Y}" if each.until else ""), by=", ")


def _in_json(
    room: ReadingRoom,
    asked: Asked,
    told: Sequence[Disclosure],
    looked: Sequence[Access] | None,
    *,
    withheld: int,
    reviewed: bool,
) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "case": asked.id, "number": asked.case.number if asked.case else None, "erased": asked.case is None,
        "reviewed": reviewed, "withheld": withheld,
        "disclosures": [
            {
                "seq": each.entry.seq, "at": each.at.isoformat(), "recipient": each.recipient.id,
                "role": each.recipient.role, "institution": each.recipient.institution, "data": list(each.data),
                "purpose": each.why, "legal_basis": each.legal_basis, "channel": each.channel,
                "consents": [{"kind": g.kind, "form": g.form, "given_on": str(g.given_on)} for g in each.grounds],
                "until": each.until.isoformat() if each.until else None,
                "confirmed_at": each.confirmed_at.isoformat() if each.confirmed_at else None,
            }
            for each in told
        ],
    }  # fmt: skip
    if looked is not None:
        answer["accesses"] = [
            {"seq": each.entry.seq, "at": each.at.isoformat(), "who": _who(room, each, reviewed=reviewed)}
            for each in looked
        ]
    return answer


def _sheet(
    room: ReadingRoom,
    asked: Asked,
    told: Sequence[Disclosure],
    looked: Sequence[Access] | None,
    entries: Sequence[Recorded],
    *,
    withheld: int,
    reviewed: bool,
) -> bytes:
    from adapters.documents.sheet import Line, Opened, Sheet, pdf  # noqa: PLC0415 - only where a sheet is made

    lotse = room.desk.lotse
    made = lotse.office.clock()
    lines = [
        Line(
            f"{local(each.at):%d.%m.%Y %H:%M}", _to(room, each), [data_label(part) for part in each.data],
            purpose_label(each), _basis(each), channel_label(each), _until(each),
        )
        for each in told
    ]  # fmt: skip
    seen = None if looked is None else [
        Opened(f"{local(each.at):%d.%m.%Y %H:%M}", _who(room, each, reviewed=reviewed)) for each in looked
    ]  # fmt: skip
    return pdf(
        Sheet(
            asked.name, lotse.office.network_now.profile.title, f"{local(made):%d.%m.%Y}", made, lines, seen,
            withheld, declined(plain(room.desk.person.name)) if reviewed else "", asked.case is None,
            lotse.store.origin, entries[-1].seq, lotse.countersign(),
        )
    )  # fmt: skip


def _write(file: Path, content: bytes) -> None:
    """Write the sheet for its owner alone, and never over anything."""
    try:
        with os.fdopen(
            os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb"
        ) as stream:
            stream.write(content)
    except FileExistsError:
        raise CommandError(f"{plain(str(file))} gibt es schon. Bitte eine andere Datei nennen.") from None
