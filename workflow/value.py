"""A changed copy of a frozen value, made slot by slot: `dataclasses.replace` takes three times as long for a whole case.

A step of a case makes three or four such copies, and a frozen `__init__` sets each of its thirty fields the long way.
`tests/workflow/test_value.py` holds it against `dataclasses.replace` for cases in every state.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # So mypy knows which fields there are, and what they hold.
    from dataclasses import replace as changed

    __all__ = ["changed"]
else:

    def changed(value: Any, /, **changes: object) -> Any:  # noqa: ANN401 - of whatever type `value` is
        """The value with these fields changed. TypeError where it has no such field, or none of its own slots."""
        kind = type(value)
        pick, puts, put = _slots(kind)
        made = object.__new__(kind)
        for into, content in zip(puts, pick(value), strict=True):
            into(made, content)
        for name, content in changes.items():
            if name not in put:
                raise TypeError(f"{kind.__name__} has no field {name}.")
            put[name](made, content)
        return made


_Put = Callable[[object, object], None]


@lru_cache(maxsize=64)
def _slots(kind: type) -> tuple[Callable[[object], tuple[object, ...]], tuple[_Put, ...], Mapping[str, _Put]]:
    """What reads all fields of such a value at once, and what puts each of them into a new one."""
    names = tuple(field.name for field in fields(kind))
    if hasattr(kind, "__post_init__") or kind.__dictoffset__ or len(names) < 2:  # noqa: PLR2004 - of one field `attrgetter` gives no tuple
        raise TypeError(f"{kind.__name__} is made by its own __init__ alone.")
    put = {name: getattr(kind, name).__set__ for name in names}
    return attrgetter(*names), tuple(put.values()), put
