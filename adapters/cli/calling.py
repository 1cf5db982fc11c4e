"""Calling one command: build it with Typer, read its arguments, and say in German what cannot be read.

Typer's own words are English and its help needs Rich; both are replaced here, for every command alike. What a
person typed as a value is never repeated: it may be a family's name.
"""

from collections.abc import Sequence
from importlib import import_module

import typer
from typer._click import exceptions as click
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from adapters.cli.catalog import Entry
from adapters.cli.failures import OK, UsageProblem

_HELP = ("--help", "-h")
_WIDTH = 80
_OPTION_COLUMN = 26


def call(entry: Entry, arguments: Sequence[str]) -> int:
    """Run the command with these arguments and give its exit code. Raises UsageProblem, and what it raises."""
    command = build(entry)
    if any(word in _HELP for word in arguments):
        typer.echo(page(entry, command))
        return OK
    try:
        with command.make_context(f"lotse {entry.words}", list(arguments)) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except typer.Abort:
        raise KeyboardInterrupt from None
    except click.UsageError as error:
        raise UsageProblem(f"{_german(error, command)}\nHilfe: lotse {entry.words} --help") from None
    return OK


def build(entry: Entry) -> TyperCommand:
    """Import the command's module and build it."""
    module, _, name = entry.place.partition(":")
    function = getattr(import_module(module), name)
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    if name == "register":
        function(app)
    else:
        app.command(entry.words)(function)
    built: object = typer.main.get_command(app)
    for word in entry.words.split():
        if isinstance(built, TyperGroup):
            built = built.commands[word]
    assert isinstance(built, TyperCommand)
    return built


def _german(error: click.UsageError, command: TyperCommand) -> str:
    """Say in German what Typer could not read."""
    said = "Dieser Aufruf ist so nicht zu verstehen."
    if isinstance(error, click.NoSuchOption):
        from difflib import get_close_matches  # noqa: PLC0415 - only where an option is misspelt

        near = get_close_matches(
            error.option_name, [o for p in command.params for o in p.opts], n=1, cutoff=0.5
        )
        ask = f" Meinten Sie {near[0]}?" if near else ""
        said = f"Die Angabe {_shown(error.option_name)} gibt es hier nicht.{ask}"
    elif isinstance(error, click.BadOptionUsage):
        fault = "fehlt der Wert" if "requires" in error.message else "steht kein Wert"
        said = f"Hinter {_shown(error.option_name)} {fault}."
    elif isinstance(error, click.MissingParameter) and isinstance(error.param, TyperArgument):
        said = f"Es fehlt: {_name(error.param)}{f' – {error.param.help}' if error.param.help else '.'}"
    elif isinstance(error, click.BadParameter) and error.param is not None:
        said = f"Diese Angabe passt nicht: {error.param.opts[0]}."
    elif "unexpected extra" in error.message:
        said = "Das sind zu viele Angaben; Texte mit Leerzeichen bitte in Anführungszeichen setzen."
    return said


def _shown(option: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in option)[:40]


# The page of one command.


def page(entry: Entry, command: TyperCommand) -> str:
    """The page of `lotse BEFEHL --help`: what it does, how it is called, its arguments and options, examples."""
    arguments = [p for p in command.params if isinstance(p, TyperArgument)]
    options = [p for p in command.params if isinstance(p, TyperOption) and not p.hidden]
    usage = " ".join(["lotse", entry.words, *(_argument(p) for p in arguments)])
    lines = [f"Aufruf: {usage} [ANGABEN]", "", entry.summary]
    _, _, told = (command.help or "").partition("\n\n")
    if told.strip():
        lines += ["", *_wrapped(told.strip())]
    if arguments:
        lines += ["", *(row for p in arguments for row in _row(_argument(p), p.help or ""))]
    if options:
        lines += ["", "Angaben", *(row for p in options for row in _row(_option(p), p.help or ""))]
    if entry.examples:
        lines += ["", "Beispiele", *(f"  {example}" for example in entry.examples)]
    return "\n".join(lines)


def _argument(param: TyperArgument) -> str:
    return _name(param) if param.required else f"[{_name(param)}]"


def _name(param: TyperArgument) -> str:
    return (param.metavar or param.human_readable_name).strip("[]").upper()


def _option(param: TyperOption) -> str:
    names = ", ".join(param.opts)
    return names if param.is_flag else f"{names} {param.metavar or 'WERT'}"


def _row(left: str, right: str) -> list[str]:
    from textwrap import wrap  # noqa: PLC0415 - only for help

    column = _OPTION_COLUMN
    lines = wrap(right, _WIDTH - column - 2) or [""]
    if len(left) > column - 2:
        return [f"  {left}", *(f"  {'':<{column}}{line}" for line in lines if line)]
    first = f"  {left:<{column}}{lines[0]}".rstrip()
    return [first, *(f"  {'':<{column}}{line}" for line in lines[1:])]


def _wrapped(text: str) -> list[str]:
    from textwrap import dedent, wrap  # noqa: PLC0415 - only for help

    paragraphs = [" ".join(part.split()) for part in dedent(text).split("\n\n")]
    lines: list[str] = []
    for paragraph in paragraphs:
        lines += ["", *wrap(paragraph, _WIDTH)] if lines else wrap(paragraph, _WIDTH)
    return lines
