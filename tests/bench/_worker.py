"""One measurement in a process of its own: `python -m tests.bench._worker MODULE FUNCTION ARGUMENTS`.

A preloaded library and a process's peak memory can be had in no other way. The answer is JSON on stdout.
"""

import importlib
import json
import sys


def main(module: str, function: str, arguments: str) -> None:
    """Call the function with keyword arguments given as JSON."""
    work = getattr(importlib.import_module(f"tests.bench.{module}"), function)
    print(json.dumps(work(**json.loads(arguments))))


if __name__ == "__main__":
    main(*sys.argv[1:])
