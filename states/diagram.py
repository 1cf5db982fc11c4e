"""The process as a picture: SVG for people, Mermaid and DOT for other programs. The same process, the same bytes.

What is drawn is explored from the table itself (states/arrows.py), so the picture cannot claim what the engine
forbids. Compared with committed snapshots in tests/states/test_diagram.py.
"""

from collections.abc import Callable, Mapping

from states.arrows import Arrows, arrows
from states.process import NEW, Process
from states.svg import svg
from states.vocabulary import OURS

_OURS = "ours"


def mermaid(process: Process, title: str) -> str:
    """Draw a Mermaid state diagram."""
    drawn = arrows(process)
    lines = ["stateDiagram-v2", f"    accTitle: {title}", "    direction TB"]
    lines += [
        f'    state "{process.label(state)}" as {state}'
        for state in process.states
        if not _inside(process, state)
    ]
    lines += ['    state "In unserer Hand" as ours {']
    lines += [
        f'        state "{process.label(state)}" as {state}'
        for state in process.states
        if _inside(process, state)
    ]
    lines += ["    }"]
    for source, target, label in _lines(process, drawn):
        lines.append(f"    {source or '[*]'} --> {target}: {label.replace(':', ',')}")
    return "\n".join(lines) + "\n"


def dot(process: Process, title: str) -> str:
    """Draw a Graphviz digraph."""
    drawn = arrows(process)
    lines = [
        "digraph process {",
        f"    label={_quoted(title)}; labelloc=t; rankdir=TB; compound=true;",
        '    node [shape=box, style=rounded, fontname="sans-serif"]; edge [fontname="sans-serif"];',
        '    new [shape=circle, label="", width=0.2];',
        f"    subgraph cluster_{_OURS} {{",
        '        label="In unserer Hand";',
    ]
    lines += [
        f"        {state} [label={_quoted(process.label(state))}];"
        for state in process.states
        if _inside(process, state)
    ]
    lines += ["    }"]
    lines += [
        f"    {state} [label={_quoted(process.label(state))}];"
        for state in process.states
        if not _inside(process, state)
    ]
    anchor = next(state for state in process.states if _inside(process, state))
    for source, target, label in _lines(process, drawn):
        tail = f", ltail=cluster_{_OURS}" if source == _OURS else ""
        start = anchor if source == _OURS else source or "new"
        lines.append(f"    {start} -> {target} [label={_quoted(label)}{tail}];")
    return "\n".join([*lines, "}"]) + "\n"


def _inside(process: Process, state: str) -> bool:
    return process.kin(state) in OURS


def _lines(process: Process, drawn: Arrows) -> list[tuple[str, str, str]]:
    """Give every arrow as source ("" for a new case), target and label."""
    found = [
        (NEW if each.source == NEW else each.source, each.target, _label(process, each.commands))
        for each in drawn.single
    ]
    for each in drawn.wide:
        label = _label(process, each.commands)
        if each.exceptions:
            label += f" (außer aus {', '.join(process.label(state) for state in each.exceptions)})"
        found.append((_OURS, each.target, label))
    return found


def _label(process: Process, commands: tuple[str, ...]) -> str:
    return " / ".join(process.label(command) for command in commands)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


FORMATS: Mapping[str, Callable[[Process, str], str]] = {"svg": svg, "mermaid": mermaid, "dot": dot}
