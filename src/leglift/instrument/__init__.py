"""Reads the edge of the lower back moment by moment: seen or not, how high, lifted or not."""
