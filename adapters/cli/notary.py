"""`lotse notary`: the notary as a process of its own, what it has signed, and how a person lets it go on.

It reads the database without the right to write. Halted, it ends with 1 and refuses every later start until somebody
answers for it; even then it signs only what continues what it signed. See `tests/system/test_notary_process.py`.
"""

from base64 import b64encode
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import HALTED, Desk, opened, settings_of
from adapters.cli.failures import ERROR, CommandError, NotAllowed, UsageProblem, failure_of
from adapters.cli.screen import as_json, notice, show
from adapters.cli.watched import NOTARY, LogFormat, figures, log_format, speaking_as
from adapters.settings import Settings
from audit.errors import AuditError
from audit.notary import NotaryHalted
from audit.notary_file import NotaryFile
from states.vocabulary import Role

MAY_RESUME = frozenset({Role.SUPERVISOR, Role.DPO, Role.ADMIN})
RESUMED = "notary_resumed"
_DONE, _REFUSED = "done", "refused"


def notary(
    *,
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="STATUS|RESUME", help="status: zeigen; resume: nach einem Halt weiterarbeiten lassen."
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Einmal unterschreiben und enden.")] = False,
    reason: Annotated[
        str,
        typer.Option(
            "--reason",
            metavar="GRUND",
            help="Warum er weiterarbeiten darf; wird festgehalten. Bitte ohne Namen von Familien.",
        ),
    ] = "",
    lines: LogFormat = None,
    json: o.Json = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Das Protokoll jede Sekunde unterschreiben, ohne es ändern zu können.

    Ein eigener Prozess, der die Datenbank nur liest. Passt sie nicht zu dem, was er unterschrieben hat, hält er an
    und endet mit 1; dann sieht ein Mensch nach. „lotse notary status“ zeigt, wie es steht.

    „lotse notary resume“ lässt ihn weiterarbeiten, wenn das Protokoll wieder stimmt: für Leitung, Datenschutz und IT,
    mit --as und --reason.
    """
    match what:
        case None if once:
            _sign_once(folder, json=json)
        case None:
            settings = settings_of(folder)
            _run(settings, log_format(settings, lines))
        case "status":
            _tell(_standing(settings_of(folder)), json=json)
        case "resume":
            _resume(folder, user, reason)
        case _:
            raise UsageProblem("Nach „lotse notary“ kommt nichts, status oder resume.")


def _sign_once(folder: Path | None, *, json: bool) -> None:
    from adapters.service_notary import ReadingNotary  # noqa: PLC0415 - the database, only where it is read

    try:
        notary = ReadingNotary(settings_of(folder))
        notary.file.tidy()
        note = notary.sign()
    except NotaryHalted as halted:
        raise CommandError(halted_sentence(halted)) from None
    size = int(note.split(b"\n")[1])
    if json:
        as_json({"size": size, "note": note.decode()})
    else:
        show(f"Unterschrieben: {size} Einträge.")


def _run(settings: Settings, chosen: str) -> None:
    from adapters.keys.errors import KeyFileError  # noqa: PLC0415 - as above
    from adapters.service import keep, stopped_by_signals  # noqa: PLC0415 - as above
    from adapters.service_parts import notary_part  # noqa: PLC0415 - as above

    with (
        stopped_by_signals() as stop,
        speaking_as(NOTARY, chosen) as said,
        figures(settings, NOTARY),
    ):
        state = NotaryFile(settings.notary).load()
        said.stands(
            "began", f"Der Notar arbeitet. Bisher unterschrieben: {state.size} Einträge. Beenden: Strg-C"
        )
        try:
            keep(notary_part(settings, (AuditError, KeyFileError)), stop, said.tell, explained)
        except NotaryHalted as halted:
            raise CommandError(halted_sentence(halted)) from None
        said.stands("ended", "Der Notar hat seine Arbeit beendet.")


def halted_sentence(halted: NotaryHalted) -> str:
    """What a halted notary says, with the next step."""
    from adapters.service_notary import NEXT  # noqa: PLC0415 - as above

    return f"{HALTED} {halted} {NEXT}"


def explained(error: Exception) -> str:
    """One sentence about what went wrong in a round."""
    return halted_sentence(error) if isinstance(error, NotaryHalted) else failure_of(error).sentence


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with the notary; `waiting` entries are not signed yet, None where the database cannot be read."""

    origin: str
    size: int
    root: str
    signed_at: str
    waiting: int | None
    halted: str | None


def _standing(settings: Settings) -> Standing:
    from adapters.service_notary import log_size  # noqa: PLC0415 - as above

    state = NotaryFile(settings.notary).load()
    signed_at = datetime.fromtimestamp(settings.notary.stat().st_mtime, UTC).replace(microsecond=0)
    size = log_size(settings)
    return Standing(
        state.origin,
        state.size,
        b64encode(state.frontier.root()).decode(),
        signed_at.isoformat(),
        None if size is None else size - state.size,
        state.halted,
    )


def _tell(standing: Standing, *, json: bool) -> None:
    if json:
        as_json(asdict(standing))
    else:
        from workflow.calendar import BERLIN  # noqa: PLC0415 - only where a person reads it

        at = datetime.fromisoformat(standing.signed_at).astimezone(BERLIN)
        show(f"Protokoll       {standing.origin}")
        show(f"Unterschrieben  {standing.size} Einträge, zuletzt {at:%d.%m.%Y %H:%M:%S}")
        show(f"Wurzel          {standing.root}")
        waiting = "nicht zu lesen" if standing.waiting is None else f"{standing.waiting} Einträge"
        show(f"Noch offen      {waiting}")
    if standing.halted is not None:
        from adapters.service_notary import NEXT  # noqa: PLC0415 - as above

        notice(f"{HALTED} Der Notar hat angehalten: {standing.halted} {NEXT}")
        raise typer.Exit(ERROR)


def _resume(folder: Path | None, user: str | None, reason: str) -> None:
    with opened(folder, user, make=False, sign=False) as desk:
        if not desk.person.active or not desk.person.roles & MAY_RESUME:
            _record(desk, _REFUSED)
            raise NotAllowed(
                "Den Notar lassen Leitung, Datenschutz oder IT weiterarbeiten. Bitte --as PERSON."
            )
        if not reason.strip():
            raise UsageProblem("Es fehlt der Grund: --reason GRUND.")
        file = NotaryFile(desk.lotse.settings.notary)
        state = file.load()
        if state.halted is None:
            show("Der Notar arbeitet; es gibt nichts zu tun.")
            return
        _verify(desk, state.note)
        _record(desk, _DONE, purpose=reason.strip(), size=state.size, halted=state.halted)
        file.resume()
        try:
            desk.lotse.countersign()
        except NotaryHalted as halted:
            raise CommandError(halted_sentence(halted)) from None
    show("Das Protokoll stimmt. Der Notar arbeitet weiter.")
    notice("Läuft „lotse notary“ als eigener Prozess, bitte jetzt neu starten.")


def _verify(desk: Desk, note: bytes | None) -> None:
    """Hold the log against the last signed note, beside who works. Raises CommandError where it does not continue it."""
    from adapters.verification import Asked, verify_store  # noqa: PLC0415 - as above
    from audit.faults import VerificationError  # noqa: PLC0415 - as above

    try:
        asked = Asked([note] if note else [], replay=True)
        verify_store(desk.lotse.store, desk.lotse.verifier, asked)
    except VerificationError as fault:
        raise CommandError(
            f"PROTOKOLL VERÄNDERT. {fault} Der Notar bleibt angehalten. Nächster Schritt: die echte Datenbank "
            "zurückholen, oder zu zweit eine Sicherung: lotse backup restore"
        ) from None


def _record(desk: Desk, outcome: str, **more: object) -> None:
    desk.lotse.record("steps", {"action": RESUMED, "actor": desk.person.id, "outcome": outcome, **more})
