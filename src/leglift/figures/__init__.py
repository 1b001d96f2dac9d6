"""Figures of notebooks and page: a table in, a figure out. Nothing is learned or measured here."""
