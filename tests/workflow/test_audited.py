"""Every action that the log can name is a step of the process or stands, with its German, in `workflow.audited`.

The source itself is read: each place where an entry says what was done, and, where that comes in by a parameter, each
call that gives it.
"""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from workflow.audited import ACTIONS, Audited, Group, Recorded, concerns_person, group_named, groups_of

ROOT = Path(__file__).parents[2]
OF_THE_PROCESS = {
    ("workflow/perform.py", "step.command"),
    ("workflow/perform.py", "request.command if len(request.command) < LONGEST else '?'"),
    ("adapters/partners.py", "request.command"),
}
"""The steps: their words are the process table's, not this list's."""
NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)


def sources() -> Iterator[tuple[str, ast.Module]]:
    for folder in ("states", "workflow", "audit", "adapters"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield str(file.relative_to(ROOT)), ast.parse(file.read_text())


TREES = dict(sources())


def constants(tree: ast.Module) -> dict[str, str]:
    """The texts that a module gives a name."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }


def members(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The members of every enum of texts, as the source writes them: ("Deed.REQUEST", "erasure_requested")."""
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        for each in node.body:
            if not isinstance(each, ast.Assign) or not isinstance(each.targets[0], ast.Name):
                continue
            first = each.value.elts[0] if isinstance(each.value, ast.Tuple) else each.value
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield f"{node.name}.{each.targets[0].id}", first.value


NAMED = {name: text for tree in TREES.values() for name, text in constants(tree).items()}
MEMBERS = {name: text for tree in TREES.values() for name, text in members(tree)}


Around = tuple[ast.FunctionDef, ...]


def within(node: ast.AST, around: Around = ()) -> Iterator[tuple[ast.AST, Around]]:
    """Every node below, with the functions around it."""
    inner = (*around, node) if isinstance(node, ast.FunctionDef) else around
    yield node, inner
    for child in ast.iter_child_nodes(node):
        yield from within(child, inner)


def handed_in(file: str, function: ast.FunctionDef, name: str) -> Iterator[tuple[str, ast.expr, Around]]:
    """What any call in the whole source (for a private function: in its module) gives for this parameter."""
    names = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)]
    place = names.index(name) if name in names else None
    for other in [file] if function.name.startswith("_") else TREES:
        for node, around in within(TREES[other]):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called != function.name:
                continue
            bound = isinstance(node.func, ast.Attribute) and names[:1] == ["self"]
            position = None if place is None else place - int(bound)
            if position is not None and position < len(node.args):
                yield other, node.args[position], around
            yield from ((other, word.value, around) for word in node.keywords if word.arg == name)


def values_of(tree: ast.Module, name: str) -> list[ast.expr]:
    """The values of the mapping that a module calls so."""
    return [
        value
        for node in tree.body
        if isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(node.value, ast.Dict)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if ast.unparse(target) == name
        for value in node.value.values
    ]


def actions_of(file: str, value: ast.expr, around: Around) -> set[str]:
    """The texts that an expression can be; those of the process are left out, others it must be possible to find."""
    said = ast.unparse(value)
    if (file, said) in OF_THE_PROCESS:
        return set()
    if isinstance(value, ast.Constant) or said in MEMBERS:
        return {str(value.value) if isinstance(value, ast.Constant) else MEMBERS[said]}
    parts: list[ast.expr] = []
    if isinstance(value, ast.IfExp):
        parts = [value.body, value.orelse]
    elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "str":
        parts = [value.args[0]]
    elif isinstance(value, ast.Subscript):
        named = ast.unparse(value.value)
        parts = values_of(TREES[file], named)
        parts = parts or [part for tree in TREES.values() for part in values_of(tree, named)]
    if parts:
        return {text for part in parts for text in actions_of(file, part, around)}
    if isinstance(value, ast.Name):
        for function in reversed(around):
            arguments = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
            if value.id in [each.arg for each in arguments]:
                given = list(handed_in(file, function, value.id))
                assert given, f"{file}: nobody calls {function.name}"
                return {text for each in given for text in actions_of(*each)}
        if value.id in NAMED:
            return {NAMED[value.id]}
    raise AssertionError(f"{file}:{value.lineno}: which action is {said}?")


def written(file: str, tree: ast.Module) -> set[str]:
    """Every action that some entry in this module can say."""
    return {
        text
        for node, around in within(tree)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "action"
        for text in actions_of(file, value, around)
    }


def test_every_action_that_the_source_writes_stands_in_the_closed_list() -> None:
    actions = {action: file for file, tree in TREES.items() for action in written(file, tree)}
    assert {"open", "search", "log", "import", "init", "user_disabled", "clock_jumped"} <= set(actions)
    assert {action: file for action, file in actions.items() if action not in ACTIONS} == {}


def test_the_reading_of_the_source_finds_what_is_not_in_the_list() -> None:
    tree = ast.parse("def f(what):\n    record({'action': what})\ndef g():\n    f('geheim')\n")
    TREES["planted.py"] = tree
    try:
        assert written("planted.py", tree) == {"geheim"}
    finally:
        del TREES["planted.py"]
    with pytest.raises(AssertionError, match="which action"):
        written("planted.py", ast.parse("record({'action': somewhere.else_})"))


@pytest.mark.parametrize("action", Audited)
def test_every_action_has_its_german_and_its_group(action: Audited) -> None:
    assert action.label
    assert action.label != action.value
    assert action.group in Group


def test_an_entry_belongs_to_every_group_that_an_auditor_would_look_in() -> None:
    def groups(**a: object) -> set[str]:
        return {group.label for group in groups_of(Recorded(1, NOON, {"outcome": "done", **a}))}

    assert groups(action="note") == {"Schritte"}
    assert groups(action="open") == {"Zugriffe"}
    assert groups(action="open", outcome="refused") == {"Zugriffe", "Ablehnungen"}
    assert groups(action="accept:r", disclosed=[{"data": ["contact"]}]) == {"Schritte", "Weitergaben"}
    assert groups(action="erased") == {"Löschungen"}
    assert groups_of(Recorded(1, NOON, None)) == frozenset()


@pytest.mark.parametrize(
    ("typed", "group"),
    [
        ("Schritte", Group.STEPS), ("schr", Group.STEPS), ("Schlüssel", Group.KEYS), ("Weitergaben", Group.DISCLOSURES),
        ("refusals", Group.REFUSALS), ("LÖSCH", Group.ERASURES), ("s", None), ("", None), ("Unsinn", None),
    ],
)  # fmt: skip
def test_a_group_is_found_by_its_german_and_by_the_beginning_of_only_one(
    typed: str, group: Group | None
) -> None:
    assert group_named(typed) is group


def test_an_entry_concerns_who_did_it_for_whom_and_whose_account_it_changed() -> None:
    entry = Recorded(1, NOON, {"actor": "vertretung", "on_behalf_of": "fachkraft", "concerned": "neu"})
    assert all(concerns_person(entry, who) for who in ("vertretung", "fachkraft", "neu"))
    assert not concerns_person(entry, "kollegin")
    assert not concerns_person(Recorded(1, NOON, None), "kollegin")


def test_the_time_of_an_entry_is_the_offices_where_it_says_one() -> None:
    assert Recorded(1, NOON, {"at": "2026-03-08T09:00:00+00:00"}).said_at == datetime(
        2026, 3, 8, 9, tzinfo=UTC
    )
    assert Recorded(1, NOON, {}).said_at == Recorded(1, NOON, {"at": "gestern"}).said_at == NOON
