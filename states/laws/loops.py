"""Loops in a graph of configurations: its strongly connected parts, and a shortest way round."""

from collections.abc import Iterator

Graph = dict[int, list[int]]


class _Search:
    """Tarjan's search, without recursion: a process may have a million configurations."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.order: dict[int, int] = {}
        self.low: dict[int, int] = {}
        self.stack: list[int] = []
        self.on_stack: set[int] = set()

    def _enter(self, here: int) -> tuple[int, Iterator[int]]:
        self.order[here] = self.low[here] = len(self.order)
        self.stack.append(here)
        self.on_stack.add(here)
        return here, iter(self.graph[here])

    def _next(self, here: int, following: Iterator[int]) -> int | None:
        """Give the next node never seen before; note on the way how far back the others reach."""
        for there in following:
            if there in self.on_stack:
                self.low[here] = min(self.low[here], self.order[there])
            elif there not in self.order and there in self.graph:
                return there
        return None

    def parts(self, root: int) -> Iterator[list[int]]:
        work = [self._enter(root)]
        while work:
            here, following = work[-1]
            there = self._next(here, following)
            if there is not None:
                work.append(self._enter(there))
                continue
            work.pop()
            if work:
                above = work[-1][0]
                self.low[above] = min(self.low[above], self.low[here])
            if self.low[here] == self.order[here]:
                yield self._pop(here)

    def _pop(self, root: int) -> list[int]:
        part: list[int] = []
        while not part or part[-1] != root:
            part.append(self.stack.pop())
        self.on_stack.difference_update(part)
        return part


def strongly_connected(graph: Graph) -> Iterator[list[int]]:
    """Give the strongly connected parts of two nodes and more."""
    search = _Search(graph)
    for root in graph:
        if root not in search.order:
            for part in search.parts(root):
                if len(part) > 1:
                    yield part


def shortest_round(graph: Graph, start: int, within: set[int]) -> list[int]:
    """Give a shortest loop through the start, first and last node included."""
    came: dict[int, int] = {}
    queue = [start]
    for here in queue:
        for there in graph[here]:
            if there == start:
                trip = [start, here]
                while trip[-1] != start:
                    trip.append(came[trip[-1]])
                return trip[::-1]
            if there in within and there not in came:
                came[there] = here
                queue.append(there)
    return [start]
