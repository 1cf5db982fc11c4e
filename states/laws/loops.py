"""Loops in a graph of configurations: its strongly connected parts, and a shortest way round."""

from collections.abc import Iterator

Graph = dict[int, list[int]]
_DONE = 1 << 62
"""In place of the number of a node whose part is known: it lies behind everything that is still open."""


def strongly_connected(graph: Graph) -> Iterator[list[int]]:
    """Give the strongly connected parts of two nodes and more; every node is a key of the graph.

    Pearce's form of Tarjan's search, without recursion: a process may have a million configurations. A node's number
    is when it was first seen, lowered to the earliest it leads back to.
    """
    numbers: dict[int, int] = {}
    waiting: list[int] = []
    for root in graph:
        if root in numbers:
            continue
        path = [(root, iter(graph[root]), len(numbers))]
        numbers[root] = len(numbers)
        while path:
            here, following, first = path[-1]
            lowest = numbers[here]
            for there in following:
                number = numbers.get(there)
                if number is None:
                    numbers[here] = lowest
                    path.append((there, iter(graph[there]), len(numbers)))
                    numbers[there] = len(numbers)
                    break
                if number < lowest:  # noqa: PLR1730 - asked at every edge, where a call to min costs thrice as much
                    lowest = number
            else:
                path.pop()
                if lowest < first:
                    numbers[here] = lowest
                    waiting.append(here)
                    above = path[-1][0]
                    numbers[above] = min(numbers[above], lowest)
                    continue
                part = [here]
                while waiting and numbers[waiting[-1]] >= first:
                    part.append(waiting.pop())
                for one in part:
                    numbers[one] = _DONE
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
