"""Where the arrows of the picture run and where their words stand.

Down the spine at the left of each box, back up in lanes beside it, to the side column in right angles, to the ASD
across the frame. Pure geometry in the SVG's own units; states/svg.py puts it on paper.
"""
# ruff: noqa: N817 - the table's own short words

from dataclasses import dataclass

from states.process import NEW
from states.vocabulary import State as S

WIDTH = 796
SIDE, MAIN, ASD = 66, 316, 656
SIDE_WIDTH, MAIN_WIDTH, ASD_WIDTH = 150, 188, 126
FRAME_LEFT, FRAME_RIGHT = 36, 524
HEIGHT, PITCH, TOP = 68, 150, 190
_DOWN = MAIN + 40
_LINE = 18
_WIDTH_OF_A_SIGN = 8.6
_WIDTH_OF_A_BOLD_SIGN = 9.8
_REOPEN_LANE = 16


@dataclass(frozen=True, slots=True)
class Box:
    """Where a state is drawn."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """Give the right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """Give the lower edge."""
        return self.top + self.height

    @property
    def middle(self) -> tuple[int, int]:
        """Give the centre."""
        return self.left + self.width // 2, self.top + self.height // 2


@dataclass(frozen=True, slots=True)
class Route:
    """One arrow: its path, and its words at (x, y) of the first line's baseline."""

    path: str
    lines: tuple[str, ...]
    x: int
    y: int
    anchor: str = "start"
    look: str = "arrow"
    tone: str = ""


def wrapped(text: str, signs: int) -> tuple[str, ...]:
    """Break a text into lines of at most so many signs where words allow it."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= signs:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return tuple(lines)


def _words(labels: tuple[str, ...], width: int, sign: float = _WIDTH_OF_A_SIGN) -> tuple[str, ...]:
    return tuple(line for label in labels for line in wrapped(label, int(width / sign)))


def route(source: str, target: str, labels: tuple[str, ...], boxes: dict[str, Box]) -> Route:
    """Give the route of a single arrow."""
    end = boxes[target]
    if source == NEW:
        x = end.left + 130
        return Route(f"M{x} 58V{end.top}", _words(labels, 330), x + 12, 70)
    start = boxes[source]
    if source == S.CLOSED:
        x, y = _REOPEN_LANE, start.middle[1]
        path = f"M{start.left} {y}H{x}V{TOP - 44}H{end.left + 30}V{end.top}"
        return Route(path, _words(labels, 240), x + 12, y - 10)
    if source == S.ESCALATED:
        return _from_asd(start, end, labels)
    if start.left == end.left == MAIN:
        return _along_the_spine(start, end, labels)
    return _to_the_side(start, end, labels)


def _from_asd(start: Box, end: Box, labels: tuple[str, ...]) -> Route:
    x, y = end.right, end.middle[1]
    if end.top > start.bottom:
        path = f"M{start.middle[0]} {start.bottom}V{y}H{x}"
        return Route(path, _words(labels, 160), x + 12, y - 10)
    lines = _words(labels, start.left - FRAME_RIGHT - 4)
    return Route(f"M{start.left} {y}H{x}", lines, FRAME_RIGHT + 8, y - 8 - (len(lines) - 1) * _LINE)


def _along_the_spine(start: Box, end: Box, labels: tuple[str, ...]) -> Route:
    """Go down at the left of the boxes, or back up in a lane, the farther the more to the left."""
    if end.top > start.bottom:
        lines = _words(labels, FRAME_RIGHT - _DOWN - 14)
        gap = (start.bottom + end.top) // 2
        return Route(f"M{_DOWN} {start.bottom}V{end.top}", lines, _DOWN + 12, _centred(gap, lines))
    steps = (start.top - end.top) // PITCH
    lane, enter = MAIN - 14 - 16 * steps, end.middle[1] + 4 + 10 * steps
    path = f"M{start.left} {start.middle[1]}H{lane}V{enter}H{end.left}"
    lines = _words(labels, MAIN - FRAME_LEFT - 70)
    return Route(path, lines, MAIN - 56, _centred(start.middle[1] - HEIGHT // 2, lines), anchor="end")


def _to_the_side(start: Box, end: Box, labels: tuple[str, ...]) -> Route:
    """Go between the spine and the side column: straight where they stand level, else round a corner."""
    outward = end.left < start.left
    spine, side = (start, end) if outward else (end, start)
    (x, _), level = side.middle, spine.middle[1]
    if abs(side.top - spine.top) < HEIGHT // 2:
        y = side.top + (14 if outward else 30)
        path = f"M{start.left} {y}H{end.right}" if outward else f"M{start.right} {y}H{end.left}"
        lines = _words(labels, spine.left - side.left - 20)
        top = side.top - 8 - (len(lines) - 1) * _LINE if outward else side.bottom + _LINE
        return Route(path, lines, side.left, top)
    if spine.top < side.top:
        path = f"M{start.left} {level}H{x}V{end.top}" if outward else f"M{x} {start.top}V{level}H{end.left}"
        lines = _words(labels, spine.left - FRAME_LEFT - 16)
        return Route(path, lines, FRAME_LEFT + 12, level - 9 - (len(lines) - 1) * _LINE)
    if not outward:
        path = f"M{x} {start.bottom}V{level + 14}H{end.left}"
        return Route(path, _words(labels, spine.left - x - 20), x + 10, level + 14 + _LINE)
    between = (side.right + spine.left) // 2
    y = side.middle[1]
    lines = _words(labels, spine.left - side.right + 6)
    path = f"M{start.left} {level - 14}H{between}V{y}H{end.right}"
    return Route(path, lines, between, y - 8 - (len(lines) - 1) * _LINE, anchor="middle")


def wide_route(
    target: str,
    labels: tuple[str, ...],
    exceptions: tuple[str, ...],
    boxes: dict[str, Box],
    frame_bottom: int,
) -> Route:
    """Give the route of an arrow from the frame round all states in our hands."""
    end = boxes[target]
    note = f"(außer aus: {'; '.join(exceptions)})" if exceptions else "(überall)"
    if target == S.ESCALATED:
        y = boxes[S.IN_CONTACT].middle[1]
        lines = _words((*labels, note), end.left - FRAME_RIGHT - 8, _WIDTH_OF_A_BOLD_SIGN)
        top = y - 14 - (len(lines) - 1) * _LINE
        return Route(
            f"M{FRAME_RIGHT} {y}H{end.left}", lines, FRAME_RIGHT + 8, top, look="arrow to-asd", tone="alarm"
        )
    if target == S.CLOSED:
        lines = _words((*labels, note), 250)
        return Route(
            f"M{_DOWN} {frame_bottom}V{end.top}",
            lines,
            _DOWN + 12,
            _centred((frame_bottom + end.top) // 2, lines),
        )
    lines = _words((*labels, note), SIDE_WIDTH // 2 + 20)
    y = end.middle[1]
    return Route(f"M{FRAME_LEFT} {y}H{end.left}", lines, FRAME_LEFT + 8, end.bottom + _LINE, look="arrow no")


def _centred(y: int, lines: tuple[str, ...]) -> int:
    return y + 5 - (len(lines) - 1) * _LINE // 2
