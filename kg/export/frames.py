"""A view's facts as data frames of packages that need not be there."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kg.errors import UsageError

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow as pa


def to_polars(table: pa.Table) -> polars.DataFrame:
    """The facts as a data frame of polars; lists and dates keep their types.

    :raises UsageError: if polars is not installed.
    """
    frame: polars.DataFrame = optional("polars").from_arrow(table)
    return frame


def to_pandas(table: pa.Table) -> pandas.DataFrame:
    """The same of pandas; dates are ``datetime.date`` objects, because most days before 1678 are no timestamps of pandas.

    :raises UsageError: if pandas is not installed.
    """
    optional("pandas")
    frame: pandas.DataFrame = table.to_pandas(date_as_object=True)
    return frame


def optional(name: str) -> Any:
    """A package that is an extra of this one.

    :raises UsageError: if it is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise UsageError(f"{name} is not installed: {error}", hint=f"pip install 'diplomacy-kg[{name}]'") from None
