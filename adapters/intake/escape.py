"""Cells that a spreadsheet would take for a formula, made harmless so that they come back unchanged.

One apostrophe is put before a dangerous cell, also before one that already begins with apostrophes and then
looks dangerous; taking one away is therefore exactly the way back. Proven for all texts by a property.
"""

import re

MISSING = "#FEHLT"
_DANGEROUS = re.compile(r"'*+(?:\s*[=+\-@＝＋－＠]|\s*?[\t\r\n]|#FEHLT\Z)")


def escaped(cell: str) -> str:
    """Give the cell as it may stand in a file that a spreadsheet opens."""
    return f"'{cell}" if _DANGEROUS.match(cell) else cell


def restored(cell: str) -> str:
    """Give the cell as it was before `escaped`."""
    return cell[1:] if cell.startswith("'") and _DANGEROUS.match(cell) else cell
