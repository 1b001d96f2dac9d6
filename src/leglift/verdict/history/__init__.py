"""A person's sets over weeks: kept in one SQLite file, told as a table, sentences and a picture."""
