"""`python -m adapters.cli` is `lotse`."""

import sys

from adapters.cli.main import run

sys.exit(run())
