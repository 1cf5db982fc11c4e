"""Sheets and pictures that leave the house."""
