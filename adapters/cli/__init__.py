"""The command line `lotse`."""
