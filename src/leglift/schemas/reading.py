"""Read a table of the study as its schema wants it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from leglift.errors import UsageError
from leglift.schemas.tables import VIDEOS


def read_checked(path: Path, schema: pa.DataFrameSchema, what: str) -> pd.DataFrame:
    """Read a CSV file as its schema wants it; an empty cell is NaN in a column of numbers.

    Raises
    ------
    UsageError
        The file is missing, or a cell is not as the schema wants it (the first one is named).
    """
    if not path.is_file():
        raise UsageError(f"{path}: no such {what}")
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: no table ({' '.join(str(error).split())})") from error
    if not isinstance(table.index, pd.RangeIndex):
        raise UsageError(f"{path}: a row has more cells than the heading; quote cells with commas")
    numbers = [n for n, c in schema.columns.items() if n in table and str(c.dtype) == "float64"]
    table[numbers] = table[numbers].replace("", None)
    return checked(table, schema, str(path))


def checked(table: pd.DataFrame, schema: pa.DataFrameSchema, where: str) -> pd.DataFrame:
    """Validate a table; a `UsageError` names the first wrong cell in one line."""
    try:
        return schema.validate(table)
    except pa.errors.SchemaError as error:
        raise UsageError(f"{where}: {_in_one_line(error)}") from error
    except pa.errors.SchemaErrors as errors:  # what pandera raises for columns and types
        first = errors.failure_cases.iloc[0]
        raise UsageError(
            f"{where}: {first['column'] or 'columns'}: {first['check']}: {first['failure_case']}"
        ) from errors


def _in_one_line(error: pa.errors.SchemaError) -> str:
    """Line of the file, column, rule and cell of the first failure."""
    rule = str(getattr(error.check, "error", None) or error.check)
    cases, column = error.failure_cases, getattr(error.schema, "name", None)
    if not isinstance(cases, pd.DataFrame) or cases.empty or cases["index"].isna().any():
        return " ".join(str(error).split())[:300]
    line = f"line {int(cases['index'].iloc[0]) + 2}"
    cell = f"{column}: {cases['failure_case'].iloc[0]}: " if column else ""
    return f"{line}: {cell}{rule}"


def read_videos(path: Path) -> pd.DataFrame:
    """`read_checked` of the source list."""
    return read_checked(path, VIDEOS, "source list")
