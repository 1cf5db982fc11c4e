"""Backups: one sealed file each, made online, proven before use, brought back by two people only."""
