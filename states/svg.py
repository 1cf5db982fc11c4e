"""The process as SVG: a column of states from the referral to its end, the way to the ASD beside all of them.

Readable without colour (the way to the ASD is thick, withdrawals are dashed), in light and dark, by a screen
reader (title, description, and the whole table as a list in the metadata). No text is smaller than 15 units.
"""
# ruff: noqa: N817 - the table's own short words

from html import escape

from states.arrows import Arrows, arrows, as_list
from states.process import Process
from states.routes import (
    ASD,
    ASD_WIDTH,
    FRAME_LEFT,
    FRAME_RIGHT,
    HEIGHT,
    MAIN,
    MAIN_WIDTH,
    PITCH,
    SIDE,
    SIDE_WIDTH,
    TOP,
    WIDTH,
    Box,
    Route,
    route,
    wide_route,
    wrapped,
)
from states.vocabulary import OURS
from states.vocabulary import State as S

_LINE = 18
_SPINE = (S.RECEIVED, S.CONSENT_CHECKED, S.IN_CONTACT, S.HANDOVER_PROPOSED, S.HANDED_OVER)
_NOT_DRAWN = "Schritte, nach denen der Fall bleibt, wo er ist, stehen nur in der Liste."
_STYLE = """
svg { --paper: #ffffff; --ink: #14213d; --soft: #5b6478; --box: #eef3fb; --edge: #3c5a99; --alarm: #a3161f;
  --alarm-box: #fdeeee; --frame: #c9d3e6; color-scheme: light dark; max-width: 60rem; height: auto; }
@media (prefers-color-scheme: dark) { svg { --paper: #12161f; --ink: #f2f4f9; --soft: #aeb7c9; --box: #1f2a40;
  --edge: #9db8f0; --alarm: #ff9a9a; --alarm-box: #3a1a1e; --frame: #3b4660; } }
text { font: 15px system-ui, "Segoe UI", "Noto Sans", sans-serif; fill: var(--soft); }
.state text { font-size: 17px; font-weight: 600; fill: var(--ink); text-anchor: middle; }
.state rect { fill: var(--box); stroke: var(--edge); stroke-width: 2; }
.asd rect { fill: var(--alarm-box); stroke: var(--alarm); stroke-width: 3; }
.head { font-size: 20px; font-weight: 700; fill: var(--ink); }
.frame { fill: none; stroke: var(--frame); stroke-width: 2; stroke-dasharray: 2 5; }
.arrow { fill: none; stroke: var(--edge); stroke-width: 2; marker-end: url(#tip); }
.to-asd { stroke: var(--alarm); stroke-width: 5; marker-end: url(#alarm); }
.no { stroke-dasharray: 8 5; }
.alarm { fill: var(--alarm); font-weight: 600; }
.halo { paint-order: stroke; stroke: var(--paper); stroke-width: 5px; stroke-linejoin: round; }
"""


def svg(process: Process, title: str) -> str:
    """Draw the process."""
    drawn, boxes = arrows(process), _boxes(process)
    bottom = boxes[S.CLOSED].bottom + 52
    frame_bottom = boxes[S.HANDED_OVER].bottom + 26
    parts = [_head(process, title, bottom)]
    parts.append(f'<rect width="{WIDTH}" height="{bottom}" fill="var(--paper)"/>')
    parts.append(_text(FRAME_LEFT, 34, (title,), "head"))
    parts.append(
        f'<rect class="frame" x="{FRAME_LEFT}" y="{TOP - 28}" width="{FRAME_RIGHT - FRAME_LEFT}" '
        f'height="{frame_bottom - TOP + 28}" rx="14"/>'
    )
    parts.append(_text(FRAME_LEFT + 12, frame_bottom - 10, ("In unserer Hand",), ""))
    parts += _arrows(process, drawn, boxes, frame_bottom)
    parts += [_state(process, state, box) for state, box in boxes.items()]
    parts.append(_text(FRAME_LEFT, bottom - 16, (_NOT_DRAWN,), ""))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _head(process: Process, title: str, height: int) -> str:
    rows = "\n".join(f"{place}. {each}" for place, each in enumerate(as_list(process), 1))
    names = ", ".join(process.label(state) for state in process.states)
    told = (
        f"Zustände eines Falles: {names}. Aus jedem offenen Zustand führt ein Weg zum ASD, der Widerruf steht "
        "überall offen. Die vollständige Tabelle steht als Liste in den Metadaten."
    )
    tips = "".join(
        f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="{size}" markerHeight="{size}" '
        f'orient="auto-start-reverse"><path d="M0 0 10 5 0 10z" fill="var(--{colour})"/></marker>'
        for name, size, colour in (("tip", 8, "edge"), ("alarm", 4, "alarm"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="100%" role="img" '
        f'aria-labelledby="process-title process-text" lang="de">\n'
        f'<title id="process-title">Ablauf eines Falles: {escape(title)}</title>\n'
        f'<desc id="process-text">{escape(told)}</desc>\n'
        f"<metadata>\n{escape(rows)}\n</metadata>\n<style>{_STYLE}</style>\n<defs>{tips}</defs>"
    )


def _boxes(process: Process) -> dict[str, Box]:
    """Lay out: the spine from top to bottom, others of ours at its left, the ASD beside all, closed below."""
    boxes: dict[str, Box] = {
        state: Box(MAIN, TOP + place * PITCH, MAIN_WIDTH, HEIGHT) for place, state in enumerate(_SPINE)
    }
    boxes[S.CONSENT_PENDING] = Box(SIDE, TOP + PITCH // 2 + 20, SIDE_WIDTH, HEIGHT)
    beside: dict[str, int] = {}
    for state in process.states:
        if state not in boxes and process.kin(state) in OURS:
            model = boxes[process.kin(state)]
            place = beside[process.kin(state)] = beside.get(process.kin(state), -1) + 1
            boxes[state] = Box(SIDE, model.top + place * (HEIGHT + 10), SIDE_WIDTH, HEIGHT)
    last = boxes[S.HANDED_OVER].bottom
    boxes[S.ESCALATED] = Box(ASD, TOP, ASD_WIDTH, last - TOP)
    boxes[S.CLOSED] = Box(MAIN, last + 118, MAIN_WIDTH, HEIGHT)
    return {state: boxes[state] for state in process.states}


def _arrows(process: Process, drawn: Arrows, boxes: dict[str, Box], frame_bottom: int) -> list[str]:
    lines: list[str] = []
    labels: list[str] = []
    routes: list[Route] = []
    for each in drawn.single:
        told = tuple(process.label(command) for command in each.commands)
        routes.append(route(each.source, each.target, told, boxes))
    for wide in drawn.wide:
        told = tuple(process.label(command) for command in wide.commands)
        but = tuple(process.label(state) for state in wide.exceptions)
        routes.append(wide_route(wide.target, told, but, boxes, frame_bottom))
    for each_route in routes:
        lines.append(f'<path class="{each_route.look}" d="{each_route.path}"/>')
        labels.append(
            _text(each_route.x, each_route.y, each_route.lines, f"halo {each_route.tone}", each_route.anchor)
        )
    return lines + labels


def _state(process: Process, state: str, box: Box) -> str:
    words = wrapped(process.label(state), (box.width - 12) // 10)
    x, y = box.middle
    top = y + 6 - (len(words) - 1) * 10
    spans = "".join(
        f'<tspan x="{x}" y="{top + place * 20}">{escape(word)}</tspan>' for place, word in enumerate(words)
    )
    look = "state asd" if state == S.ESCALATED else "state"
    return (
        f'<g class="{look}"><rect x="{box.left}" y="{box.top}" width="{box.width}" height="{box.height}" rx="10"/>'
        f"<text>{spans}</text></g>"
    )


def _text(x: int, y: int, lines: tuple[str, ...], look: str, anchor: str = "start") -> str:
    spans = "".join(
        f'<tspan x="{x}" y="{y + place * _LINE}">{escape(line)}</tspan>' for place, line in enumerate(lines)
    )
    return f'<text class="{look.strip()}" text-anchor="{anchor}">{spans}</text>'
