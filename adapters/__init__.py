"""The world: settings, database, keys, files and the command line."""
