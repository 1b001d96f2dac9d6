"""Figures of notebooks and page, and the page: table in, figure out. Nothing is measured here."""
