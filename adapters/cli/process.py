"""`lotse process`: check a profile's process against the laws, read it aloud, draw it.

Needs no store. A lawful process ends 0 and says how much was proven; an unlawful one ends 4 with one German
sentence for each law; a file that cannot be read ends 2. Proven by running the program.
"""
# ruff: noqa: PLC0415 - what a command needs is imported when it runs, so that `--help` stays quick

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from adapters.cli.screen import paragraph, plain

if TYPE_CHECKING:
    from states.profile import Profile
    from states.prover import Proof, Unlawful

UNREADABLE = 2
NOT_FOUND = 3
REFUSED = 4
DEFAULT = "default"


def register(app: typer.Typer) -> None:
    """Add `process check`, `process show` and `process diagram` to the program."""
    process = typer.Typer(
        help="Den Ablauf prüfen, vorlesen und zeichnen (Profile der Netzwerke).", no_args_is_help=True
    )
    process.command("check")(_check)
    process.command("show")(_show)
    process.command("diagram")(_diagram)
    app.add_typer(process, name="process")


_Name = Annotated[
    str, typer.Argument(metavar="[NAME|DATEI]", help="Ein mitgeliefertes Profil oder eine Datei.")
]
_Json = Annotated[bool, typer.Option("--json", help="Für Programme.")]


def _check(
    file: Annotated[
        str,
        typer.Argument(metavar="DATEI", help="Profil als TOML-Datei, oder der Name eines mitgelieferten."),
    ],
    *,
    as_json: _Json = False,
) -> None:
    """Prüft ein Profil gegen alle Gesetze des Ablaufs; Verstöße mit Grund und kürzestem Weg."""
    from states.prover import Unlawful, prove

    profile = _read(file)
    try:
        proof = prove(profile.process)
    except Unlawful as unlawful:
        _say_refused(profile, unlawful, as_json=as_json)
        raise typer.Exit(REFUSED) from None
    _say_lawful(profile, proof, as_json=as_json)


def _say_refused(profile: "Profile", unlawful: "Unlawful", *, as_json: bool) -> None:
    if not as_json:
        for breach in unlawful.breaches:
            typer.echo(breach.sentence)
        return
    breaches = [
        {"law": each.law, "reason": each.reason, "sentence": each.sentence, "path": each.path}
        for each in unlawful.breaches
    ]
    answer = {"profile": profile.name, "lawful": False, "breaches": breaches}
    typer.echo(json.dumps(answer, ensure_ascii=False))


def _say_lawful(profile: "Profile", proof: "Proof", *, as_json: bool) -> None:
    if not as_json:
        typer.echo(
            f"Rechtmäßig: {profile.title}, Version {profile.version}. Geprüft: {_number(proof.configurations)} "
            f"Lagen, {_number(proof.moves)} Übergänge, {proof.seconds * 1000:.0f} ms."
        )
        return
    answer = {
        "profile": profile.name,
        "version": profile.version,
        "sha256": profile.sha256,
        "lawful": True,
        "configurations": proof.configurations,
        "moves": proof.moves,
        "seconds": round(proof.seconds, 3),
    }
    typer.echo(json.dumps(answer, ensure_ascii=False))


def _show(name: _Name = DEFAULT, *, as_json: _Json = False) -> None:
    """Liest den Ablauf vor: ein Satz je Zeile, ein Satz je Frist."""
    from states.prose import duties, sentences

    profile = _read(name)
    rows, owed = sentences(profile.process), duties(profile.process)
    if as_json:
        typer.echo(
            json.dumps({"profile": profile.name, "rows": rows, "obligations": owed}, ensure_ascii=False)
        )
        return
    typer.echo(f"{profile.title}, Version {profile.version}\n")
    for place, sentence in enumerate(rows, 1):
        typer.echo(paragraph(sentence, "     ", f"{place:3}. "))
    typer.echo("\nFristen")
    for place, sentence in enumerate(owed, 1):
        typer.echo(paragraph(sentence, "     ", f"{place:3}. "))


def _diagram(
    name: _Name = DEFAULT,
    *,
    form: Annotated[str, typer.Option("--format", metavar="FORM", help="svg, mermaid oder dot.")] = "svg",
    out: Annotated[
        Path | None, typer.Option(metavar="DATEI", help="Statt auf den Bildschirm in diese Datei.")
    ] = None,
) -> None:
    """Zeichnet den Ablauf als SVG, Mermaid oder DOT."""
    from states.diagram import FORMATS

    if form not in FORMATS:
        _end(f"Unbekannte Form „{plain(form)[:40]}“; möglich sind {', '.join(FORMATS)}.", UNREADABLE)
    profile = _read(name)
    drawn = FORMATS[form](profile.process, profile.title)
    if out is None:
        typer.echo(drawn, nl=False)
        return
    try:
        out.write_text(drawn, encoding="utf-8")
    except OSError as error:
        _end(f"{plain(str(out))} lässt sich nicht schreiben: {error.strerror}.", 1)
    typer.echo(f"Gezeichnet: {plain(str(out))}", err=True)


def _read(name: str) -> "Profile":
    """Read a shipped profile by its name, or a file."""
    from states.fields import MOST_BYTES, BadProfile
    from states.profile import SHIPPED, load, read_profile

    path = Path(name)
    try:
        if name in SHIPPED and not path.is_file():
            return load(name)
        with path.open("rb") as file:
            return read_profile(file.read(MOST_BYTES + 1))
    except FileNotFoundError:
        _end(f"{plain(name)} gibt es nicht. Mitgeliefert sind: {', '.join(SHIPPED)}.", NOT_FOUND)
    except OSError as error:
        _end(f"{plain(name)} lässt sich nicht lesen: {error.strerror}.", 1)
    except BadProfile as error:
        _end(str(error), UNREADABLE)


def _end(saying: str, code: int) -> NoReturn:
    typer.echo(saying, err=True)
    raise typer.Exit(code)


def _number(count: int) -> str:
    return f"{count:,}".replace(",", " ")
