"""The program `lotse`."""


def run() -> None:
    """Start the command line."""
